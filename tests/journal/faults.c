/* Makes one call on the files of one folder fail, for tests of what a broken disk does. Loaded with LD_PRELOAD.

   GONOGO_FAULT_DIR   only files below this folder count
   GONOGO_FAULT_AT    which call, counted from 1
   GONOGO_FAULT_KIND  eio, enospc, short (half of a write is done) or kill (the process ends there)
   GONOGO_FAULT_HIT   a file that is made when the call was reached */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long calls;

enum fault { NONE, FAIL, SHORT };

static int concerns(int fd) {
  const char *folder = getenv("GONOGO_FAULT_DIR");
  char link[64], path[4096];
  if (!folder) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t size = readlink(link, path, sizeof path - 1);
  if (size < 0) return 0;
  path[size] = 0;
  return strncmp(path, folder, strlen(folder)) == 0;
}

static enum fault next_call(void) {
  const char *at = getenv("GONOGO_FAULT_AT"), *kind = getenv("GONOGO_FAULT_KIND"), *hit = getenv("GONOGO_FAULT_HIT");
  if (!at || !kind || __sync_add_and_fetch(&calls, 1) != atol(at)) return NONE;
  if (hit) {
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    close(real(hit, O_CREAT | O_WRONLY, 0600));
  }
  if (!strcmp(kind, "kill")) kill(getpid(), SIGKILL);
  if (!strcmp(kind, "short")) return SHORT;
  errno = strcmp(kind, "enospc") ? EIO : ENOSPC;
  return FAIL;
}

#define WRITE(name, offset)                                                              \
  ssize_t name(int fd, const void *bytes, size_t size, offset at) {                      \
    static ssize_t (*real)(int, const void *, size_t, offset);                           \
    if (!real) real = dlsym(RTLD_NEXT, #name);                                           \
    enum fault fault = concerns(fd) ? next_call() : NONE;                                \
    if (fault == FAIL) return -1;                                                        \
    return real(fd, bytes, fault == SHORT && size > 1 ? size / 2 : size, at);            \
  }
WRITE(pwrite, off_t)
WRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t size) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = dlsym(RTLD_NEXT, "write");
  enum fault fault = concerns(fd) ? next_call() : NONE;
  if (fault == FAIL) return -1;
  return real(fd, bytes, fault == SHORT && size > 1 ? size / 2 : size);
}

#define PLAIN(name)                                                \
  int name(int fd) {                                               \
    static int (*real)(int);                                       \
    if (!real) real = dlsym(RTLD_NEXT, #name);                     \
    return concerns(fd) && next_call() == FAIL ? -1 : real(fd);    \
  }
PLAIN(fsync)
PLAIN(fdatasync)

#define CUT(name, offset)                                                  \
  int name(int fd, offset size) {                                          \
    static int (*real)(int, offset);                                       \
    if (!real) real = dlsym(RTLD_NEXT, #name);                             \
    return concerns(fd) && next_call() == FAIL ? -1 : real(fd, size);      \
  }
CUT(ftruncate, off_t)
CUT(ftruncate64, off64_t)

int unlink(const char *path) {
  static int (*real)(const char *);
  if (!real) real = dlsym(RTLD_NEXT, "unlink");
  const char *folder = getenv("GONOGO_FAULT_DIR");
  int ours = folder && strncmp(path, folder, strlen(folder)) == 0;
  return ours && next_call() == FAIL ? -1 : real(path);
}
