"""Train the network of scripts/digits.py in torch itself, and judge ft-grad's checkpoint.

    scripts/oracle.sh run scripts/oracle/train_digits.py FOLDER STEPS OPTIMIZER PARAMS [CHECKPOINT ...]

Prints JSON: the loss of each step over the file's order (torch), the seconds of the steps, and,
with CHECKPOINTs (safetensors or torch's own format), the loss of the next batch under torch's
weights and under each checkpoint's.
"""
import json
import sys
import time

import torch
from safetensors.torch import load_file

folder, steps, optimizer, params = sys.argv[1], int(sys.argv[2]), sys.argv[3], json.loads(sys.argv[4])
torch.set_num_threads(1)
data = load_file(f"{folder}/digits.safetensors")
weights = {k: v.clone().requires_grad_() for k, v in load_file(f"{folder}/weights.safetensors").items()}
BATCH = 64
batches = len(data["y"]) // BATCH


def loss_of(w, step):
    rows = slice(step % batches * BATCH, (step % batches + 1) * BATCH)
    hidden = torch.nn.functional.linear(data["x"][rows], w["w1"], w["b1"]).relu()
    scores = torch.nn.functional.linear(hidden, w["w2"], w["b2"])
    return torch.nn.functional.cross_entropy(scores, data["y"][rows])


step_rule = getattr(torch.optim, optimizer)([weights[k] for k in ("w1", "b1", "w2", "b2")], **params)
losses, start = [], time.perf_counter()
for step in range(steps):
    step_rule.zero_grad()
    loss = loss_of(weights, step)
    loss.backward()
    step_rule.step()
    losses.append(loss.item())
result = {"torch": torch.__version__, "seconds": time.perf_counter() - start, "losses": losses}
if len(sys.argv) > 5:
    result["next_loss"] = loss_of(weights, steps).item()
    result["next_loss_of_checkpoints"] = [
        loss_of(load_file(path) if path.endswith(".safetensors") else torch.load(path, weights_only=True),
                steps).item() for path in sys.argv[5:]]
print(json.dumps(result))
