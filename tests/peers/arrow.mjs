// arrow.mjs MODULES read|write FILE: what the npm package apache-arrow makes of a stream.
//
//   read    print each row as JSON, numbers as text so that 64 bits stay exact
//   write   a stream of every type that fp-groupby reads, in two batches
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';

const [, , modules, what, file] = process.argv;
const arrow = createRequire(modules + '/')('apache-arrow');

function plain(type, value) {
    if (value === null || value === undefined) return null;
    if (typeof value === 'boolean' || typeof value === 'string') return value;
    if (value instanceof Date) return value.toISOString();
    return Object.is(value, -0) ? '-0' : String(value);
}

if (what === 'read') {
    const table = arrow.tableFromIPC(readFileSync(file));
    console.log(JSON.stringify(table.schema.fields.map((f) => [f.name, String(f.type)])));
    for (let row = 0; row < table.numRows; row++)
        console.log(JSON.stringify(table.schema.fields.map((f, i) => plain(f.type, table.getChildAt(i).get(row)))));
} else {
    const { Bool, DateDay, Dictionary, DurationMillisecond, Float16, Float32, Float64, Int16, Int32, Int64, Int8, LargeUtf8,
        TimestampSecond, Uint16, Uint32, Uint64, Uint8, Utf8, vectorFromArray, Table, RecordBatchStreamWriter } = arrow;
    const columns = {
        b: vectorFromArray([true, null, false], new Bool()),
        i8: vectorFromArray([-128, 0, 127], new Int8()),
        i16: vectorFromArray([-32768, 1, 32767], new Int16()),
        i32: vectorFromArray([-2147483648, 2, 2147483647], new Int32()),
        i64: vectorFromArray([-9223372036854775808n, 3n, 9223372036854775807n], new Int64()),
        n64: vectorFromArray([9007199254740993n, null, -1n], new Int64()),
        u8: vectorFromArray([0, 1, 255], new Uint8()),
        u16: vectorFromArray([0, 1, 65535], new Uint16()),
        u32: vectorFromArray([0, 1, 4294967295], new Uint32()),
        u64: vectorFromArray([0n, 1n, 18446744073709551615n], new Uint64()),
        f16: vectorFromArray([1.5, null, -0.25], new Float16()),
        f32: vectorFromArray([0.1, null, -0], new Float32()),
        f64: vectorFromArray([0.1, NaN, -Infinity], new Float64()),
        s: vectorFromArray(['', null, 'déjà, "vu"'], new Utf8()),
        l: vectorFromArray(['a longer text than twelve', 'x', null], new LargeUtf8()),
        d: vectorFromArray(['red', 'green', 'red'], new Dictionary(new Utf8(), new Int8())),
        t: vectorFromArray([0, 1700000000000, null], new TimestampSecond()),
        day: vectorFromArray([new Date(0), new Date(86400000), null], new DateDay()),
        e: vectorFromArray([1n, null, -5n], new DurationMillisecond()),
    };
    const table = new Table(columns);
    const writer = RecordBatchStreamWriter.writeAll(table);
    writeFileSync(file, await writer.toUint8Array());
}
