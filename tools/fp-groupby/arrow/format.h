/*
 * format.h: the numbers of Arrow's columnar format, version 5 of its metadata.
 *
 * From format/Message.fbs and format/Schema.fbs of Apache Arrow; fields of tables are
 * named TABLE_FIELD.
 */
#ifndef FPG_ARROW_FORMAT_H
#define FPG_ARROW_FORMAT_H

#include "table/coltype.h"

enum { ARROW_VERSION_4 = 3, ARROW_VERSION_5 = 4 };
#define ARROW_CONTINUATION UINT32_C(0xffffffff)

enum arrow_header {
    ARROW_SCHEMA = 1,
    ARROW_DICTIONARY_BATCH = 2,
    ARROW_RECORD_BATCH = 3,
};

enum arrow_type_id {
    ARROW_NULL = 1,
    ARROW_INT = 2,
    ARROW_FLOAT = 3,
    ARROW_UTF8 = 5,
    ARROW_BOOL = 6,
    ARROW_DATE = 8,
    ARROW_TIMESTAMP = 10,
    ARROW_DURATION = 18,
    ARROW_LARGE_UTF8 = 20,
    ARROW_UTF8_VIEW = 24,
};

enum arrow_unit { ARROW_SECOND, ARROW_MILLI, ARROW_MICRO, ARROW_NANO };
enum { ARROW_DATE_DAY, ARROW_DATE_MILLI };
enum { ARROW_HALF, ARROW_SINGLE, ARROW_DOUBLE };

enum { MESSAGE_VERSION, MESSAGE_HEADER_TYPE, MESSAGE_HEADER, MESSAGE_BODY_LENGTH };
enum { SCHEMA_ENDIANNESS, SCHEMA_FIELDS, SCHEMA_METADATA };
enum {
    FIELD_NAME,
    FIELD_NULLABLE,
    FIELD_TYPE_ID,
    FIELD_TYPE,
    FIELD_DICTIONARY,
    FIELD_CHILDREN,
};
enum { INT_BITS, INT_SIGNED };
enum { FLOAT_PRECISION };
enum { DATE_UNIT };
enum { TIMESTAMP_UNIT, TIMESTAMP_ZONE };
enum { DURATION_UNIT };
enum { ENCODING_ID, ENCODING_INDEX, ENCODING_ORDERED };
enum { DICTIONARY_ID, DICTIONARY_DATA, DICTIONARY_DELTA };
enum { BATCH_LENGTH, BATCH_NODES, BATCH_BUFFERS, BATCH_COMPRESSION, BATCH_VARIADIC };
enum { KEY_VALUE_KEY, KEY_VALUE_VALUE };

/* A type without its values; of a dictionary-encoded column that of the values. */
struct arrow_type {
    enum arrow_type_id id;
    unsigned bits; /* ARROW_INT, ARROW_FLOAT; of dates 32 or 64 */
    bool is_signed;
    enum arrow_unit unit; /* of times and spans */
    enum coltype times;   /* ARROW_TIMESTAMP: with which zone; else any */
};

#endif
