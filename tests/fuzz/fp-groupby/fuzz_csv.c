/* fuzz_csv.c: any octets as a CSV file, with the dialect taken from the first two. */
#include "csv/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const delimiters[] = {",", "\t", ";", "::"};
    struct csv_options o = csv_defaults;
    struct csv_report report = {0};
    struct arena a = {0};
    struct error err = {0};
    struct frame *f;

    if (size < 1)
        return 0;
    o.delimiter = delimiters[data[0] & 3];
    o.comment = data[0] & 4 ? '#' : 0;
    o.thousands = data[0] & 8 ? '_' : 0;
    o.header = !(data[0] & 16);
    o.bad_lines = data[0] & 32 ? CSV_BAD_SKIP : CSV_BAD_ERROR;
    o.careful = data[0] & 64;
    o.round_trip = data[0] & 128;
    (void)(csv_read(&a, data + 1, size - 1, &o, &f, &report, &err) || err.message[0]);
    arena_clear(&a);
    return 0;
}
