"""Chosen cases of corners that random cases found, by packet."""

from pandas_ops import _edges_frames as frames, _edges_groups as groups, _edges_labels as labels

PACKETS = {1: (labels.labels_that_cannot_be_compared, labels.labels_of_several_types),
           2: (labels.sets, labels.sets_of_several_types, labels.gaps_of_categories),
           3: (labels.booleans, labels.types_of_numbers),
           4: (frames.joins, frames.distances, frames.categories_as_keys),
           6: groups.GROUPS,
           7: (labels.conditions, labels.conditions_of_types, labels.keys),
           8: (frames.texts,), 9: (frames.blocks,), 10: (frames.names, frames.fills)}


def cases(packet):
    for family in PACKETS.get(packet, ()):
        for name, operation, args, inputs in family():
            yield {"case_id": name, "operation": operation, "args": args, "in": inputs}
