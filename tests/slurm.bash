# slurm.bash: a Slurm cluster of two nodes on this machine, for one suite, in a folder of
# its own: its own key, sockets and ports, by any user, without systemd or cgroups.

PATH=$PATH:/usr/sbin

slurm_missing() {
    local program
    for program in munged slurmctld slurmd sbatch; do
        command -v "$program" >/dev/null || { echo "$program" && return; }
    done
}

# free_ports N: numbers of ports, one behind the other, on which nobody listens.
free_ports() {
    local first port
    first=$((20000 + RANDOM % 12000))
    for ((port = first; port < first + $1; port++)); do
        if (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            free_ports "$1"
            return
        fi
    done
    seq "$first" $((first + $1 - 1))
}

# Waiting for 5 seconds before a requeued job begins is the least that Slurm knows.
slurm_configure() {
    local ports cgroups=disabled
    mapfile -t ports < <(free_ports 3)
    # No plugin asks for cgroups.  Slurm 22.05 knows no way to say that, and looks for them
    # in /sys unless it is told of which kind they are.
    [[ "$(slurmd -V)" != *' 22.'* ]] || cgroups=cgroup/v1
    echo "CgroupPlugin=$cgroups" >"$SLURM_DIR/cgroup.conf"
    cat >"$SLURM_CONF" <<END
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$SLURM_DIR/munge.socket,cred_expire=5
SlurmctldPort=${ports[0]}
StateSaveLocation=$SLURM_DIR/state
SlurmdSpoolDir=$SLURM_DIR/%n
SlurmctldPidFile=$SLURM_DIR/slurmctld.pid
SlurmdPidFile=$SLURM_DIR/%n.pid
SlurmctldLogFile=$SLURM_DIR/slurmctld.log
SlurmdLogFile=$SLURM_DIR/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1
SlurmdParameters=config_overrides
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobRequeue=0
KillWait=1
ReturnToService=2
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=${ports[1]} CPUs=8
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=${ports[2]} CPUs=8
PartitionName=all Nodes=ALL Default=YES State=UP
END
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

# daemon NAME COMMAND...: in the background, its number in NAME.started.
daemon() {
    local name=$1
    shift
    # bats waits for who holds its descriptors.
    "$@" >"$SLURM_DIR/$name.out" 2>&1 3>&- 4>&- </dev/null &
    echo $! >"$SLURM_DIR/$name.started"
    disown
}

slurm_node() {
    mkdir -p "$SLURM_DIR/$1"
    daemon "$1" slurmd -D -N "$1"
}

slurm_ready() {
    [ "$(sinfo -h -t idle -o %D 2>/dev/null)" = 2 ]
}

# What the daemons said last.
slurm_words() {
    tail -v -n 10 "$SLURM_DIR"/*.log "$SLURM_DIR"/*.out
}

# slurm_start DIR
slurm_start() {
    export SLURM_DIR=$1 SLURM_CONF=$1/slurm.conf
    mkdir -p "$SLURM_DIR/state"
    (umask 077 && head -c 1024 /dev/urandom >"$SLURM_DIR/munge.key")
    slurm_configure
    # --force: only its owner can reach the folder, and nobody else has to.
    daemon munged munged --foreground --force --socket="$SLURM_DIR/munge.socket" --key-file="$SLURM_DIR/munge.key" \
        --pid-file="$SLURM_DIR/munged.pid" --log-file="$SLURM_DIR/munged.log" --seed-file="$SLURM_DIR/munge.seed"
    wait_for 30 [ -S "$SLURM_DIR/munge.socket" ] || { slurm_words && return 1; }
    daemon slurmctld slurmctld -D
    slurm_node n1
    slurm_node n2
    wait_for 60 slurm_ready || { slurm_words && return 1; }
}

# jobs_of_cluster PATTERN: processes of jobs, by a variable that Slurm gives them.
jobs_of_cluster() {
    grep -lzsxF "SLURM_CONF=$SLURM_CONF" /proc/[0-9]*/environ | xargs -r grep -lzsx "$1"
}

# holders PATTERN: processes with such a file in the cluster's folder open: daemons, and
# slurmstepd, which has no parent.
holders() {
    find /proc/[0-9]*/fd -lname "$SLURM_DIR/$1" 2>/dev/null || true # some end meanwhile
}

# slurm_lose NODE: all that runs there dies at once, and the controller is told (by
# itself it would wait for minutes).
slurm_lose() {
    { holders "$1.*"; jobs_of_cluster "SLURMD_NODENAME=$1"; } | cut -d/ -f3 | sort -u |
        xargs -r kill -9 2>/dev/null || true # some end by themselves, when their parent does
    scontrol update NodeName="$1" State=DOWN Reason='lost'
}

slurm_processes() {
    { holders "*"; jobs_of_cluster 'SLURM_JOB_ID=.*'; } | cut -d/ -f3 | sort -u
}

# Nothing is left over, whatever state the cluster is in.
slurm_stop() {
    local name left
    [ -e "${SLURM_CONF:-/nowhere}" ] || return 0
    timeout 5 scancel --user="$(id -un)" 2>/dev/null || true
    wait_for 20 slurm_empty || true
    for name in n1 n2 slurmctld munged; do
        kill "$(cat "$SLURM_DIR/$name.started" 2>/dev/null)" 2>/dev/null || true
    done
    wait_for 20 slurm_gone || true
    mapfile -t left < <(slurm_processes)
    [ "${#left[@]}" -eq 0 ] || kill -9 "${left[@]}" 2>/dev/null || true
    wait_for 20 slurm_gone
}

slurm_empty() {
    [ -z "$(timeout 5 squeue -h 2>/dev/null)" ]
}

slurm_gone() {
    [ -z "$(slurm_processes)" ]
}
