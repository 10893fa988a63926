/* What a command of the program osmflow is: one row of the table in main.c, one file each.
 *
 * Words and options are read by the tables below before the command runs; what does not fit them is wrong usage and
 * never reaches it. */
#ifndef OSMFLOW_CLI_COMMAND_H
#define OSMFLOW_CLI_COMMAND_H

#include <osmflow/environment.h>
#include <stddef.h>

/* The exit codes that the help describes. */
enum { OSMFLOW_EXIT_FINE = 0, OSMFLOW_EXIT_FAILED = 1, OSMFLOW_EXIT_USAGE = 2 };

struct osmflow_option {
  const char *name;  /* "body": --body */
  char letter;       /* 'o': -o; '\0': none */
  const char *value; /* what its value is called in the help; NULL: it takes none; "K=V...": it may be given again */
  const char *text;  /* one line for the help */
};

enum { OSMFLOW_MOST_OPTIONS = 40, OSMFLOW_MOST_WORDS = 400, OSMFLOW_MOST_FILES = 4000, OSMFLOW_MOST_REPEATS = 200 };

struct osmflow_repeat {
  size_t option; /* its place in the command's table */
  const char *value;
};

struct osmflow_arguments {
  const char *options[OSMFLOW_MOST_OPTIONS]; /* in the order of the command's table; NULL: not given; "": no value */
  const char *words[OSMFLOW_MOST_FILES];     /* NULL: not given */
  size_t word_count;
  struct osmflow_repeat repeats[OSMFLOW_MOST_REPEATS]; /* every value of the options that may be given again */
  size_t repeat_count;
};

struct osmflow_command {
  const char *name;    /* "note"; of a command below another one "note create" */
  const char *summary; /* one line for the list of commands */
  const char *words;   /* "SERVICE METHOD PATH", as the help shows it */
  size_t least_words, most_words;
  const struct osmflow_option *options;             /* ended by a row without a name; NULL: none */
  const struct osmflow_command *const *subcommands; /* ended by NULL; NULL: none. With them: no words, options, run */
  const char *details;                              /* the rest of its help; lines of at most 100 characters */
  /* OSMFLOW_BAD_ARGUMENT: wrong usage. */
  enum osmflow_status (*run)(const struct osmflow_environment *environment, const struct osmflow_arguments *arguments,
                             struct osmflow_error *error);
};

extern const struct osmflow_command osmflow_command_api, osmflow_command_cache, osmflow_command_changeset,
    osmflow_command_conflate, osmflow_command_element, osmflow_command_export, osmflow_command_gpx,
    osmflow_command_help, osmflow_command_login, osmflow_command_mapflow, osmflow_command_note, osmflow_command_prefs,
    osmflow_command_process, osmflow_command_resume, osmflow_command_upload, osmflow_command_version;

/* All of them; NULL at the end. */
extern const struct osmflow_command *const osmflow_commands[];
/* OSMFLOW_BAD_ARGUMENT names the nearest ones. */
enum osmflow_status osmflow_command_find(const char *name, const struct osmflow_command **command,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The one of a command's subcommands. `name` NULL: the user gave none. */
enum osmflow_status osmflow_command_find_below(const struct osmflow_command *parent, const char *name,
                                               const struct osmflow_command **command,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Reads what stands behind the command's name. `count` pieces; all of them stay the caller's. */
enum osmflow_status osmflow_arguments_read(const struct osmflow_command *command, int count, const char *const *pieces,
                                           struct osmflow_arguments *arguments,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Writes the help of a command, or of the program (NULL), to standard output. */
enum osmflow_status osmflow_help_print(const struct osmflow_command *command,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Formatted text to standard output; OSMFLOW_IO when it does not take it. Flushed by main(). */
enum osmflow_status osmflow_say(struct osmflow_error *error, const char *format, ...)
    OSMFLOW_PRINTF(2, 3) OSMFLOW_MUST_CHECK;

#endif
