/* What the files of session.c share. */
#ifndef OSMFLOW_SOURCE_SESSION_PARTS_H
#define OSMFLOW_SOURCE_SESSION_PARTS_H

#include <pthread.h>

#include "source/session.h"

enum osmflow_session_state { NEW, LOADING, LOADED, FAILED };

struct osmflow_file_mark {
  bool is_there;
  int64_t size, seconds, nanoseconds;
};

struct osmflow_session {
  struct osmflow_session *next;
  char *key;
  size_t holders;
  int64_t released_ms; /* when the last holder let go */
  struct osmflow_call call;
  struct osmflow_connection settings; /* environment, cache, waiting */

  pthread_mutex_t saving; /* held while one saves; taken before `lock` */
  pthread_mutex_t lock;   /* guards all below; never held while bytes are awaited */
  pthread_cond_t changed;
  enum osmflow_session_state state;
  struct osmflow_error failure;
  int64_t failed_ms;
  bool is_outdated; /* somebody wished for newer data while a download was under way */
  bool asks_anew;   /* somebody wished for newer data: what is kept on disk does not count */
  struct osmflow_snapshot *snapshot;
  struct osmflow_snapshot *origin; /* before anything was saved; NULL: nothing was */
  struct osmflow_fids *fids;       /* what the last save made of feature ids: they outlive a new download */
  int64_t next_placeholder;
  bool is_osc_ours;
  struct osmflow_file_mark osc_mark; /* the file as this session wrote it */
};

#endif
