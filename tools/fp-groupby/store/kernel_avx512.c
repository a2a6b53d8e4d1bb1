#define KERNEL_NAME  "avx512"
#define KERNEL_TABLE kernel_avx512
#include "store/kernel_body.h"
