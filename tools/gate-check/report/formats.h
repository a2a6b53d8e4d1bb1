/* formats.h: loaded results, in the forms that people and other programs read. */
#ifndef GATE_REPORT_FORMATS_H
#define GATE_REPORT_FORMATS_H

#include "report/loaded.h"

void report_html(const struct loaded *l, FILE *out);  /* one page, nothing else needed */
void report_junit(const struct loaded *l, FILE *out); /* JUnit XML */
void report_sarif(const struct loaded *l, FILE *out); /* SARIF 2.1.0 */
void report_tap(const struct loaded *l, FILE *out);   /* TAP 14 */
void report_markdown(const struct loaded *l, FILE *out); /* a job summary */
void report_github(const struct loaded *l, FILE *out);   /* workflow annotations */
void report_explain(const struct loaded *l, FILE *out);  /* every reason, in full */

#endif
