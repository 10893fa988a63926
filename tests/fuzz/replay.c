/* Stands in for libFuzzer where there is none: gives a fuzz target each file of the folders named on the command line,
 * whole and cut off after each of its first bytes, as an answer may be that a network lost. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_BYTES = 1 << 20, MOST_CUTS = 1024, PATH_SIZE = 4096 };

/* In memory of exactly that size, so that AddressSanitizer sees whoever looks beyond it. */
static int try_input(const unsigned char *data, size_t size) {
  unsigned char *copy = malloc(size > 0 ? size : 1);
  if (!copy)
    return 1;
  memcpy(copy, data, size);
  LLVMFuzzerTestOneInput(copy, size);
  free(copy);
  return 0;
}

static int replay_file(const char *path) {
  static unsigned char data[MOST_BYTES];
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    return 1;
  }
  const size_t size = fread(data, 1, sizeof data, file);
  int result = ferror(file) || size == sizeof data;
  fclose(file);
  if (result)
    fprintf(stderr, "%s: not readable, or larger than %d bytes\n", path, MOST_BYTES);
  printf("%s\n", path); /* the last line names the file that a crash belongs to */
  fflush(stdout);
  for (size_t cut = 0; result == 0 && cut < size && cut < MOST_CUTS; cut++)
    result = try_input(data, cut);
  return result == 0 ? try_input(data, size) : result;
}

static int replay_folder(const char *path, size_t *count) {
  DIR *folder = opendir(path);
  int result = 0;
  if (!folder) {
    perror(path);
    return 1;
  }
  for (const struct dirent *entry = readdir(folder); entry && result == 0; entry = readdir(folder)) {
    char file[PATH_SIZE];
    if (entry->d_name[0] == '.')
      continue;
    result = snprintf(file, sizeof file, "%s/%s", path, entry->d_name) >= PATH_SIZE || replay_file(file) != 0;
    ++*count;
  }
  closedir(folder);
  return result;
}

int main(int count, char **arguments) {
  size_t files = 0;
  int result = 0;
  for (int i = 1; i < count && result == 0; i++)
    result = replay_folder(arguments[i], &files);
  if (result == 0 && files == 0) {
    fprintf(stderr, "there is nothing to replay\n");
    result = 1;
  }
  printf("%zu files\n", files);
  return result;
}
