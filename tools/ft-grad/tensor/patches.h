/*
 * patches.h: windows of an image laid out as columns of a matrix, and back (im2col).
 *
 * An image is (channels, depth, height, width); fewer spatial dimensions stand behind
 * leading ones.  Column p holds the window of output position p, row (channel, kernel
 * position); positions outside the image are 0.  With it a convolution is a product.
 */
#ifndef FTG_TENSOR_PATCHES_H
#define FTG_TENSOR_PATCHES_H

#include "tensor/tensor.h"

enum { PATCH_DIMS = 3 };

struct patches {
    int64_t in[PATCH_DIMS], kernel[PATCH_DIMS], out[PATCH_DIMS];
    int64_t stride[PATCH_DIMS], dilation[PATCH_DIMS];
    int64_t low[PATCH_DIMS]; /* padding before the first element */
};

/* Every dimension of size, step and kernel 1, without padding. */
struct patches patches_trivial(void);

int64_t patches_window(const struct patches *p);    /* elements of a kernel */
int64_t patches_positions(const struct patches *p); /* columns */

/*
 * Rows first..first+count of the output (a row is out[2] positions; there are out[0]
 * out[1] of them): columns is (channels * window, count * out[2]).
 */
void patches_gather(const struct patches *p, enum tensor_type type, int64_t channels,
                    const void *image, int64_t first, int64_t count, void *columns);
/* Add the columns back to where they came from. */
void patches_scatter(const struct patches *p, enum tensor_type type, int64_t channels,
                     void *image, int64_t first, int64_t count, const void *columns);

#endif
