#include "layouts/packet_run.h"

#include "common/mem.h"
#include "common/pool.h"
#include "layouts/fixture_index.h"

#include <stdio.h>
#include <stdlib.h>

struct job {
    const struct evidence_root *root;
    const struct packet_options *options;
    struct judgement *judgements;
};

static void
judge_one(void *context, size_t i)
{
    const struct job *job = context;

    packet_judge(&job->judgements[i], job->root, job->options);
}

/* FrankenPandas keeps all fixtures in one folder; needed only where a report is. */
static bool
needs_fixtures(const struct evidence_root *root, char **ids, size_t count)
{
    char path[512];

    for (size_t i = 0; i < count; i++) {
        (void)snprintf(path, sizeof path, "artifacts/phase2c/%.200s/parity_report.json",
                       ids[i]);
        if (evidence_exists(root, path) &&
            packet_recognise(root, ids[i]) == LAYOUT_FRANKENPANDAS)
            return true;
    }
    return false;
}

static void
judge_nothing(struct packet_run *run)
{
    judgement_init(&run->judgements[run->count++], "artifacts/phase2c");
    (void)judge(&run->judgements[0], REASON_EVIDENCE_MISSING, "packet",
                "artifacts/phase2c", "", "no packets: nothing is shown");
}

bool
packet_run(struct packet_run *out, const struct evidence_root *root, char **ids,
           size_t id_count, const struct packet_options *options, unsigned threads,
           struct error *err)
{
    struct packet_options own = *options;
    struct fixture_index fixtures = {0};
    struct packet_list found = {0};
    struct job job = {.root = root, .options = &own};

    *out = (struct packet_run){0};
    if (!ids) {
        if (!packet_find(root, &found, err))
            return false;
        ids = found.ids;
        id_count = found.count;
    }
    if (own.profile == PROFILE_STRICT && needs_fixtures(root, ids, id_count)) {
        fixture_index_build(&fixtures, root);
        own.fixtures = &fixtures;
    }
    out->judgements = xcalloc(id_count + 1, sizeof *out->judgements);
    out->count = id_count;
    for (size_t i = 0; i < id_count; i++)
        judgement_init(&out->judgements[i], ids[i]);
    job.judgements = out->judgements;
    pool_run(threads, id_count, judge_one, &job);
    if (id_count == 0)
        judge_nothing(out);
    fixture_index_clear(&fixtures);
    packet_list_clear(&found);
    return true;
}

void
packet_run_clear(struct packet_run *run)
{
    for (size_t i = 0; i < run->count; i++)
        judgement_clear(&run->judgements[i]);
    free(run->judgements);
    *run = (struct packet_run){0};
}
