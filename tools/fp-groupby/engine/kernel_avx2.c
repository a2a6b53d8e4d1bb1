#define KERNEL_NAME  "avx2"
#define KERNEL_TABLE kernel_avx2
#include "engine/kernel_body.h"
