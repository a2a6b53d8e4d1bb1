#define KERNEL_NAME  "avx2"
#define KERNEL_TABLE kernel_avx2
#include "store/kernel_body.h"
