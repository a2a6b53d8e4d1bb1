/* utf8.h: is this UTF-8 (RFC 3629: shortest forms, no surrogates, at most U+10FFFF)? */
#ifndef CKPT_PICKLE_UTF8_H
#define CKPT_PICKLE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool utf8_valid(const uint8_t *text, size_t size);

#endif
