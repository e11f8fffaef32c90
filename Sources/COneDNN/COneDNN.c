#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "Internal.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static char version_text[48];
static bool compatible;
static int (*omp_get_max)(void);
static void (*omp_set_num)(int);
static pthread_once_t once = PTHREAD_ONCE_INIT;

/// libdnnl brings its own OpenMP into the process (libgomp or libomp, or none when built for another run time); its
/// setting is per thread, so it is found by name instead of linking a second one.
static void look_around(void) {
  const dnnl_version_t *version = dnnl_version();
  snprintf(version_text, sizeof version_text, "%d.%d.%d", version->major, version->minor, version->patch);
  compatible = version->major == DNNL_VERSION_MAJOR;
  omp_get_max = (int (*)(void))dlsym(RTLD_DEFAULT, "omp_get_max_threads");
  omp_set_num = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
  if (omp_get_max == NULL || omp_set_num == NULL) omp_get_max = NULL;
}

const char *tw_dnnl_version(void) {
  pthread_once(&once, look_around);
  return version_text;
}

bool tw_dnnl_compatible(void) {
  pthread_once(&once, look_around);
  return compatible;
}

int tw_hold_threads(void) {
  pthread_once(&once, look_around);
  if (omp_get_max == NULL) return 1;
  int before = omp_get_max();
  if (before != 1) omp_set_num(1);
  return before;
}

void tw_restore_threads(int before) {
  if (before != 1) omp_set_num(before);
}

