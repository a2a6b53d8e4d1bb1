"""Synthetic backward graphs made of real torch nodes, and what the engine does with them.

A node is a torch.autograd.Function with as many outputs as it takes gradients; its
backward notes the sum s of the defined gradients it got and returns s + k for its k-th
edge.  Leaves are tensors; their AccumulateGrad nodes are nodes of the graph too.
Sequence numbers are torch's own; nodes made on other threads repeat them.
"""

import threading

import torch


class Graph:
    """nodes: dicts as in the case; built[i]: the output tensors of node i (or the leaf)."""

    def __init__(self, number, log, graphs):
        self.number, self.log, self.graphs = number, log, graphs
        self.nodes, self.built, self.roots = [], [], []

    def note(self, node, value):
        self.log.append([self.number, node, float(value).hex(), thread_index()])


THREADS = []


def thread_index():
    me = threading.get_ident()
    if me not in THREADS:
        THREADS.append(me)
    return THREADS.index(me)


def make_function(graph, node):
    outputs, edges, again = node["num_inputs"], len(node["next"]), node.get("reenter", ())

    class S(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *inputs):
            ctx.set_materialize_grads(False)
            return tuple(torch.zeros((), dtype=torch.float64) for _ in range(outputs))

        @staticmethod
        def backward(ctx, *grads):
            s = sum((float(g) for g in grads if g is not None), 0.0)
            graph.note(node["id"], s)
            for other in again:
                run_graph(graph.graphs[other])
            return tuple(torch.tensor(s + k, dtype=torch.float64) for k in range(edges))

    return S


def run_graph(graph):
    roots = [tensor_of(graph, r) for r in graph.roots]
    grads = [torch.tensor(i + 1.0, dtype=torch.float64) for i in range(len(roots))]
    torch.autograd.backward(roots, grads, retain_graph=True)


def tensor_of(graph, ref):
    return graph.built[ref[0]][ref[1]]


class Workers:
    """Threads that stay alive, each with its own sequence numbers."""

    def __init__(self, count):
        self.jobs = [([], threading.Semaphore(0), threading.Semaphore(0)) for _ in range(count)]
        for job in self.jobs:
            threading.Thread(target=self.serve, args=(job,), daemon=True).start()

    @staticmethod
    def serve(job):
        work, start, done = job
        while True:
            start.acquire()
            task = work.pop()
            if task is None:
                return
            task()
            done.release()

    def run(self, k, task):
        work, start, done = self.jobs[k]
        work.append(task)
        start.release()
        done.acquire()

    def stop(self):
        for work, start, _ in self.jobs:
            work.append(None)
            start.release()


def build(graph, nodes, threads):
    """Make the nodes, sinks first; fills in their true sequence numbers."""
    graph.nodes = nodes
    graph.built = [None] * len(nodes)
    workers = Workers(3) if threads else None

    def leaf_hook(node):
        def hook(tensor):
            graph.note(node["id"], tensor.grad)
            tensor.grad = None
        return hook

    for node in sorted(nodes, key=lambda n: n["order"]):
        if node["leaf"]:
            tensor = torch.zeros((), dtype=torch.float64, requires_grad=True)
            tensor.register_post_accumulate_grad_hook(leaf_hook(node))
            graph.built[node["id"]] = (tensor,)
            node["sequence_nr"] = "max"
            continue
        inputs = [tensor_of(graph, e) if e[0] >= 0 else torch.zeros((), dtype=torch.float64)
                  for e in node["next"]]

        def make(node=node, inputs=inputs):
            out = make_function(graph, node).apply(*inputs)
            graph.built[node["id"]] = out
            node["sequence_nr"] = out[0].grad_fn._sequence_nr()

        if workers and node["thread"] is not None:
            workers.run(node["thread"], make)
        else:
            make()
    if workers:
        workers.stop()
    for node in sorted(nodes, key=lambda n: n["order"]):
        node["topological_nr"] = 1 + max(
            [nodes[e[0]]["topological_nr"] for e in node["next"] if e[0] >= 0], default=-1)
    base = min([n["sequence_nr"] for n in nodes if n["sequence_nr"] != "max"], default=0)
    for node in nodes:
        if node["sequence_nr"] != "max" and not threads:
            node["sequence_nr"] -= base
