#!/usr/bin/env bash
# Trains in places that nobody made for it: with few processors, on full disks, before closed terminals,
# without a driver. Each row below says with which exit code the tool ends there, what it says, and which
# files are there afterwards; a file of which there is a whole one elsewhere has to equal it.
#     Tests/places.sh NNGPU [ROW]...
# Rows that need what this machine does not give, such as root, are skipped and counted. Nothing is
# timed, but a row that takes longer than PLACES_LIMIT seconds (600) hangs.
set -uo pipefail
script=$(realpath "$0")
nngpu=$(realpath "${1:?usage: Tests/places.sh NNGPU [ROW]...}")
limit=${PLACES_LIMIT:-600}
task=(--data moons --hidden 16 --batch-size 50 --no-tune)
train=("$nngpu" train "${task[@]}" --epochs 3)
# Ends only if it is asked to.
endless=("$nngpu" train "${task[@]}" --epochs 1000000000 --every 500)
unset NNGPU_DATA NNGPU_PROBE "${!POCL_@}" "${!OCL_@}"

# --- What rows are made of ---

# Ends a row; the rest of its line says why.
fail() { echo "$*" >../why && exit 1; }
skip() { echo "$*" >../why && exit 77; }

# Runs a command; $code is how it ended, and ../out and ../err have what it printed.
run() {
    timeout -k 9 "$limit" "$@" >../out 2>../err
    code=$?
    [ $code -ne 124 ] || fail "hangs: $*"
}

# The same with a redirection that the command does not notice before it writes.
with() {
    local redirection=$1
    shift
    # shellcheck disable=SC2016
    run bash -c "exec \"\$@\" $redirection" bash "$@"
}

# How the command has to have ended, and texts that it has to have printed. Whatever fails says so in
# one sentence.
ends() {
    local sentences
    [ "$code" = "$1" ] || fail "ends with $code, not $1: $(tail -n 1 ../err)"
    # The C library begins its own words like this, too, when a driver fails.
    sentences=$(grep '^nngpu: ' ../err | grep -vc ' Assertion ')
    case $1 in
    0) [ "$sentences" = 0 ] || fail "ends with 0, but says: $(grep -m 1 '^nngpu: ' ../err)" ;;
    *) [ "$sentences" -le 1 ] || fail "says $sentences sentences" ;;
    esac
    shift
    for text; do
        grep -qF -- "$text" ../out ../err || fail "does not say '$text': $(tail -n 1 ../err)"
    done
}

# A model that is exactly the one of an undisturbed training.
whole() { cmp -s "${1:-m.safetensors}" "$scratch/m.safetensors" || fail "${1:-m.safetensors} is another model"; }

# A model that a command takes.
loads() {
    "$nngpu" evaluate --model "${1:-m.safetensors}" --data moons >../loads 2>&1 ||
        fail "${1:-m.safetensors} does not load: $(tail -n 1 ../loads)"
}

# A folder from which an interrupted training of three epochs goes on to the undisturbed weights.
resumes() {
    "${train[@]}" --checkpoint "${1:-run}" --resume --save ../resumed.safetensors >../loads 2>&1 ||
        fail "${1:-run} cannot be resumed: $(tail -n 1 ../loads)"
    grep -q 'resumed after step' ../loads || fail "${1:-run} holds nothing"
    whole ../resumed.safetensors
}

# A folder from which an endless training goes on.
goes_on() {
    "$nngpu" train "${task[@]}" --epochs 1 --checkpoint run --resume --save ../resumed.safetensors \
        >../loads 2>&1 || fail "run cannot be resumed: $(tail -n 1 ../loads)"
    grep -q 'resumed after step' ../loads || fail "run holds nothing"
    loads ../resumed.safetensors
}

# All that lies in the folder; what the tool only needs for a while is not there.
left() {
    local names
    names=$(find . -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' ')
    [ "$names" = "$([ $# -eq 0 ] || printf '%s\n' "$@" | sort | tr '\n' ' ')" ] ||
        fail "leaves $names, not $*"
    names=$(find . ../home ../tmp \( -name '*.tmp' -o -name '*.[A-Za-z0-9]?????' \) -print)
    [ -z "$names" ] || fail "leaves scratch files: $names"
    names=$(find ../home ../tmp -mindepth 1 -not -path '../home/.cache*' -print)
    [ -z "$names" ] || fail "leaves files elsewhere: $names"
}

# Starts a command in the background, $process, as if from a terminal.
start() {
    env --default-signal=HUP,INT,TERM "$@" >../out 2>../err &
    process=$!
}

# Waits for something that a process does, if it lives.
until_there() {
    local deadline=$((SECONDS + limit))
    until eval "$1"; do
        kill -0 $process 2>/dev/null || fail "ends too early: $(tail -n 1 ../err)"
        [ $SECONDS -lt $deadline ] || { kill -9 $process; fail "hangs before $1"; }
        sleep 0.1
    done
}
until_checkpoint() { until_there 'compgen -G "run/step-*" >/dev/null'; }

# Waits for the end of what was started.
finish() {
    local deadline=$((SECONDS + limit))
    while kill -0 $process 2>/dev/null; do
        [ $SECONDS -lt $deadline ] || { kill -9 $process; fail "hangs"; }
        sleep 0.1
    done
    wait $process
    code=$?
}

# This process' mounts are its own, and go with it.
needs_mounts() { [ -n "${PLACES_MOUNTS:-}" ] || skip "needs mounts of its own (root)"; }

# A disk at a path with so many KiB left, which may be none.
disk() {
    needs_mounts
    mkdir -p "$1"
    mount -t tmpfs -o "size=$((${2:-0} + 64))k" small "$1"
    dd if=/dev/zero of="$1/filling" bs=1k count=64 status=none
}
full() {
    disk "$1"
    [ -z "${2:-}" ] || { rm "$1/filling"; printf old >"$1/$2"; }
    dd if=/dev/zero of="$1/filling" bs=1k status=none 2>/dev/null
}

# Runs a command on a terminal of its own, which copies what it shows to ../tty.
#   terminal [ignore] [close=TEXT] [columns=N] [stdout] -- COMMAND
terminal() { timeout -k 9 "$limit" python3 "$scratch/terminal.py" "$@"; code=$?; }
write_terminal() {
    cat >"$scratch/terminal.py" <<'PYTHON'
"""Runs a command on a terminal that may close; ends as the command does, with 200 + N after signal N."""
import fcntl, os, signal, struct, sys, termios
settings, command = sys.argv[1:sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1:]
values = dict(setting.split("=") for setting in settings if "=" in setting)
master, slave = os.openpty()
if "columns" in values:
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, int(values["columns"]), 0, 0))
process = os.fork()
if process == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN if "ignore" in settings else signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    out = slave if "stdout" in settings else os.open("../out", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    for number, descriptor in enumerate((slave, out, slave)):
        os.dup2(descriptor, number)
    os.closerange(3, 64)
    os.execvp(command[0], command)
os.close(slave)
shown = b""
with open("../tty", "wb", buffering=0) as tty:
    while True:
        try:
            text = os.read(master, 4096)
        except OSError:
            break
        if not text:
            break
        shown += text
        tty.write(text)
        if "close" in values and values["close"].encode() in shown:
            break
os.close(master)
status = os.waitpid(process, 0)[1]
sys.exit(200 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
PYTHON
}

# Trains under a command that sets a mask, and looks at the mask of each thread, and that PoCL, whose
# workers are called as the process is, has no more of them than processors.
in_mask() {
    local mask=$1 most=$2
    shift 2
    run "$@" "${train[@]}" --save m.safetensors
    ends 0 "saved m.safetensors"
    whole
    start "$@" "${endless[@]}" --checkpoint run --save e.safetensors
    until_checkpoint
    for thread in /proc/$process/task/*; do
        own=$(sed -n 's/^Cpus_allowed_list:\t//p' "$thread/status")
        grep -qx "$own" <<<"$mask" || fail "a thread may use the processors $own, not $mask"
    done
    workers=$(($(cat /proc/$process/task/*/comm | grep -c '^nngpu') - 1))
    [ $workers -le "$most" ] || fail "$workers workers"
    [ $workers -ge 1 ] || fail "no workers are seen"
    kill -TERM $process
    finish
    ends 143 "saved e.safetensors"
    loads e.safetensors
    left m.safetensors e.safetensors run
}
has_processor() { taskset -c "$1" true 2>/dev/null || skip "there is no processor $1"; }

# A group of processes that may use one processor, which "${joining[@]}" COMMAND belongs to.
cpuset() {
    local groups=/sys/fs/cgroup/cpuset
    has_processor "$1"
    if [ -w $groups/cgroup.procs ]; then
        group=$groups/nngpu-places-$$
        mkdir "$group" 2>/dev/null || skip "no group of processors can be made"
        cat $groups/cpuset.mems >"$group/cpuset.mems"
    elif grep -qw cpuset /sys/fs/cgroup/cgroup.subtree_control 2>/dev/null; then
        group=/sys/fs/cgroup/nngpu-places-$$
        mkdir "$group" 2>/dev/null || skip "no group of processors can be made"
    else
        skip "no group of processors can be made"
    fi
    trap 'rmdir "$group"' EXIT
    echo "$1" >"$group/cpuset.cpus" || skip "no group of processors can be made"
    # shellcheck disable=SC2016
    joining=(sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group")
}

# Where the tool keeps what it can make anew; for the rows in which nobody has said where.
own_caches() {
    unset NNGPU_CACHE POCL_CACHE_DIR XDG_CACHE_HOME
    needs_mounts
    # The account's own, which comes after HOME, and PoCL's last resort: none of the machine's is used.
    places=("$(getent passwd "$(id -u)" | cut -d: -f6)/.cache" /tmp/pocl)
    made=()
    for place in "${places[@]}"; do
        mkdir "$place" 2>/dev/null && made+=("$place")
        mount -t tmpfs caches "$place" || skip "$place cannot be covered"
    done
    trap 'umount "${places[@]}"; [ ${#made[@]} -eq 0 ] || rmdir "${made[@]}"' EXIT
}

# Trains, and asks the doctor about the place.
trains() {
    run "$@" "${train[@]}" --save m.safetensors
    ends 0 "saved m.safetensors"
    whole
    left m.safetensors
}
doctor_says() {
    run "$nngpu" doctor
    grep -q "^ok .*agrees with the reference" ../out || fail "doctor: $(grep -m 1 FAIL ../out)"
    for text; do
        grep -qF -- "$text" ../out || fail "doctor does not say '$text'"
    done
}

# Trains on what is left of PoCL's cache after some of its files were damaged. That works, or the tool
# says what to delete, after which it works.
damaged() {
    mkdir kernels
    export NNGPU_CACHE=$1 POCL_CACHE_DIR=$PWD/kernels
    again() { run "${train[@]}" --save m.safetensors; }
    again; again; ends 0 "saved"; rm m.safetensors
    find kernels -type f -name "$2" | while read -r file; do
        head -c "${3:-5000}" /dev/urandom >"$file"
    done
    again
    if [ $code != 0 ]; then
        ends 1 "$PWD/kernels" "delete"
        [ ! -e m.safetensors ] || fail "saves a model of a driver that fails"
        rm -rf kernels; mkdir kernels; again
    fi
    ends 0 "saved"; whole
    grep 'does not get it right' ../err && fail "blames the driver: $(grep 'does not get it right' ../err)"
    left m.safetensors kernels
}

# A command that cannot print what it was asked for.
cannot_print() {
    with '>/dev/full' "$@"
    ends 1 "tandard output"
    [ "$(grep -c '^nngpu: ' ../err)" = 1 ] || fail "says no sentence"
}
# One that cannot print progress or warnings.
keeps_quiet() {
    with '2>/dev/full' "$@"
    ends 0
    [ -s ../out ] || fail "prints nothing"
}

# --- The rows: NAME() { PLACE; EXIT CODE AND TEXT; FILES; } ---

# Processors.
on_mask_0() { has_processor 0; in_mask 0 1 taskset -c 0; }
on_mask_1() { has_processor 1; in_mask 1 1 taskset -c 1; }
on_mask_0_1() { has_processor 1; in_mask $'0-1\n0\n1' 2 taskset -c 0,1; }
on_mask_1_3() { has_processor 3; in_mask 1,3 2 taskset -c 1,3; }
on_cpuset_1() { cpuset 1; in_mask 1 1 "${joining[@]}"; }
on_quota() {
    # Groups as a container sees them: of the second version, with the time of one processor.
    needs_mounts
    mount -t tmpfs groups /sys/fs/cgroup && echo "100000 100000" >/sys/fs/cgroup/cpu.max
    in_mask "$(printf '%s\n' "$(sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status)")" 1 env
}
on_two_masks() {
    # Two trainings that share no processor.
    has_processor 1
    start taskset -c 1 "${endless[@]}" --checkpoint run --save e.safetensors
    until_checkpoint
    trap 'kill -9 $process' EXIT
    timeout "$limit" taskset -c 0 "${train[@]}" --save m.safetensors >/dev/null 2>&1 || fail "the second fails"
    trap - EXIT
    whole
    kill -TERM $process; finish; ends 143 "saved e.safetensors"; left m.safetensors e.safetensors run
}

# What the system gives.
without_proc() { needs_mounts; umount -l /proc; trains env; }
without_proc_and_caches() { needs_mounts; umount -l /proc; NNGPU_CACHE=off; trains env; }
with_few_files() { trains bash -c 'ulimit -n 32; exec "$@"' bash; }
with_little_memory() {
    # Enough for the program, and not for a driver.
    run bash -c 'ulimit -v 200000; exec "$@"' bash "${train[@]}" --save m.safetensors
    ends 69; [ -s ../err ] || fail "no sentence"; left
}
with_scarce_memory() {
    # Up to where it suffices, wherever in the tool or a driver the limit is met.
    local reached=0
    for kib in 250000 275000 300000 310000 320000 330000 340000 350000 375000 400000 500000; do
        rm -f m.safetensors
        run bash -c "ulimit -v $kib; exec \"\$@\"" bash "${train[@]}" --save m.safetensors
        case $code in
        0) whole; reached=1 ;;
        1 | 69) [ "$(grep -c '^nngpu: ' ../err)" = 1 ] || fail "$kib KiB: no sentence" ;;
        *) fail "$kib KiB: ends with $code: $(tail -n 1 ../err)" ;;
        esac
    done
    [ $reached = 1 ] || skip "500000 KiB do not suffice"; left m.safetensors
}
with_short_files() {
    # SIGXFSZ, whose habit it is to kill; caches are full, so that only the save is too long.
    "${train[@]}" --hidden 64 >/dev/null 2>&1
    printf old >m.safetensors
    run bash -c 'ulimit -f 1; exec "$@"' bash "${train[@]}" --hidden 64 --quiet --save m.safetensors
    ends 1 "m.safetensors" "File too large"
    [ "$(cat m.safetensors)" = old ] || fail "the old file is gone"
    left m.safetensors
}

# Drivers and devices.
without_driver() { mkdir none; OCL_ICD_VENDORS=$PWD/none/ run "${train[@]}" --save m.safetensors; ends 69 "install" "nngpu doctor"; left none; }
without_gpu() { run "${train[@]}" --device gpu --save m.safetensors; [ $code != 0 ] || skip "there is a GPU"; ends 69 "no GPU"; left; }
on_reference() { mkdir none; OCL_ICD_VENDORS=$PWD/none/ run "${train[@]}" --device reference --save m.safetensors; ends 0 "saved"; loads; left m.safetensors none; }
with_damaged_driver_cache() { damaged off '*'; }
with_damaged_driver_kernels() { mkdir ../own; damaged "$PWD/../own" '*.so'; }
with_emptied_driver_cache() { mkdir ../own; damaged "$PWD/../own" '*' 0; }

# Homes and caches.
without_home() { own_caches; unset HOME; trains env; doctor_says "HOME is not set"; }
with_missing_home() { own_caches; export HOME=$PWD/../nowhere; trains env; [ ! -e "$HOME" ] || fail "makes a home, with $(find "$HOME" -mindepth 1 | head -n 1)"; doctor_says "nowhere does not exist"; }
with_read_only_home() {
    own_caches
    mount --bind ../home ../home && mount -o remount,ro,bind ../home
    trains env
    doctor_says "Read-only file system"
}
as_another_user() {
    [ "$(id -u)" = 0 ] || skip "needs root"
    unset NNGPU_CACHE POCL_CACHE_DIR XDG_CACHE_HOME
    chmod a+rx .. ../home; chmod 1777 ../tmp .
    nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    "${nobody[@]}" test -x "$nngpu" || skip "other users cannot run $nngpu"
    run "${nobody[@]}" "${train[@]}" --save m.safetensors
    ends 0 "saved m.safetensors"; whole
    run "${nobody[@]}" "$nngpu" doctor
    grep -qF "Permission denied" ../out || fail "doctor does not say it"
    # Native code, so of that user alone.
    names=$(find ../tmp -mindepth 1 -perm /022 -not -type l)
    [ -z "$names" ] || fail "others may write to $names"
    rm -rf ../tmp/nngpu-65534; left m.safetensors
}
with_file_for_cache() { own_caches; touch file; export XDG_CACHE_HOME=$PWD/file; run "${train[@]}" --save m.safetensors; ends 0 "saved"; whole; left m.safetensors file; doctor_says "$PWD/file"; }
with_shared_cache() { mkdir -m 777 ../shared; chmod 777 ../shared; export NNGPU_CACHE=$PWD/../shared; trains env; doctor_says; grep -q "may be written by others" ../out || fail "doctor does not say it"; [ -z "$(ls ../shared)" ] || fail "writes there"; }
with_unusable_driver_cache() { touch ../file; export POCL_CACHE_DIR=$PWD/../file/x; trains env; doctor_says "$POCL_CACHE_DIR"; }
with_missing_driver_cache() { export POCL_CACHE_DIR=$PWD/../new/deep; trains env; doctor_says; }

# Full disks.
full_stdout() { with '>/dev/full' "${train[@]}" --save m.safetensors; ends 1 "tandard output"; whole; left m.safetensors; }
full_stderr() { with '2>/dev/full' "${train[@]}" --save m.safetensors; ends 0 "saved m.safetensors"; whole; left m.safetensors; }
full_both() { with '>/dev/full 2>&1' "${train[@]}" --save m.safetensors; ends 1; whole; left m.safetensors; }
full_log_of_both() { full f; with '>f/run.log 2>&1' "${train[@]}" --save m.safetensors; ends 1; whole; left m.safetensors f; }
full_log() { full f; run "${train[@]}" --save m.safetensors --log f/log.jsonl; ends 1 "log.jsonl" "saved m.safetensors"; whole; left m.safetensors f; }
full_tensorboard() { full f; run "${train[@]}" --save m.safetensors --tensorboard f/tb; ends 1 "f/tb" "saved m.safetensors"; whole; left m.safetensors f; }
full_trace() { full f; run "${train[@]}" --save m.safetensors --trace f/trace.json; ends 1 "trace.json" "saved m.safetensors"; whole; left m.safetensors f; }
full_later_log() { disk f 4; run "${train[@]}" --save m.safetensors --log f/log.jsonl --loss-interval 1; ends 1 "log.jsonl" "saved m.safetensors"; whole; left m.safetensors f; }
full_later_tensorboard() { disk f 8; run "${train[@]}" --save m.safetensors --tensorboard f/tb --loss-interval 1; ends 1 "f/tb" "saved m.safetensors"; whole; left m.safetensors f; }
full_report() { full f; run "${train[@]}" --save m.safetensors --report f/page.html; ends 1 "page.html"; whole; left m.safetensors f; [ "$(ls -A f)" = filling ] || fail "leaves $(ls -A f)"; }
full_checkpoint() { full f; mkdir f/run; run "${train[@]}" --save m.safetensors --checkpoint f/run; ends 1 "f/run" "saved m.safetensors"; whole; left m.safetensors f; }
full_later_checkpoint() {
    # Room for the first one only, which then is what there is to resume from.
    disk f 4; run "${train[@]}" --save m.safetensors --checkpoint f/run --every 7
    ends 1 "f/run" "saved m.safetensors"; whole; left m.safetensors f
    rm f/filling; resumes f/run
}
full_save() {
    full f m.safetensors; run "${train[@]}" --save f/m.safetensors --checkpoint run
    ends 1 "f/m.safetensors" "No space left"
    [ "$(cat f/m.safetensors)" = old ] || fail "the old file is gone"
    left f run; [ "$(ls -A f | tr '\n' ' ')" = "filling m.safetensors " ] || fail "leaves $(ls -A f)"; resumes
}
full_predictions() {
    full f; run "${train[@]}" --save m.safetensors; printf '0.5,1\n-1,0\n' >x.csv
    run "$nngpu" predict --model m.safetensors --input x.csv --output f/y.csv; ends 1 "f/y.csv"
    [ "$(ls -A f)" = filling ] || fail "leaves $(ls -A f)"; left m.safetensors x.csv f
}
full_driver_cache() { disk f 8; export NNGPU_CACHE=$PWD/f/n POCL_CACHE_DIR=$PWD/f/p; run "${train[@]}" --save m.safetensors; [ $code = 0 ] && whole || ends 1 "f/p"; }

# Closed descriptors and readers that have gone.
closed_stdin() { with '<&-' "${train[@]}" --save m.safetensors; ends 0 "saved m.safetensors"; whole; left m.safetensors; }
closed_stdout() { with '>&-' "${train[@]}" --save m.safetensors; ends 1 "tandard output"; whole; left m.safetensors; }
closed_stderr() { with '2>&-' "${train[@]}" --save m.safetensors --log l.jsonl --checkpoint run; ends 0 "saved m.safetensors"; whole; grep -vq '^{' l.jsonl && fail "there is progress in the log"; left m.safetensors l.jsonl run; }
closed_all() { with '<&- >&- 2>&-' "${train[@]}" --save m.safetensors --log l.jsonl --checkpoint run; ends 1; whole; grep -vq '^{' l.jsonl && fail "there is progress in the log"; left m.safetensors l.jsonl run; }
gone_reader() { exec 7> >(exec true); wait $!; with '>&7' "${train[@]}" --save m.safetensors; ends 1 "tandard output"; whole; left m.safetensors; }
gone_reader_of_stderr() { exec 7> >(exec true); wait $!; with '2>&7' "${train[@]}" --save m.safetensors; ends 0 "saved"; whole; left m.safetensors; }
gone_reader_of_both() { exec 7> >(exec true); wait $!; with '>&7 2>&7' "${train[@]}" --save m.safetensors; ends 1; whole; left m.safetensors; }
sleeping_reader() {
    # A pipe that is full already.
    exec 7> >(exec sleep $((limit * 2))); reader=$!; trap 'kill $reader' EXIT
    python3 -c 'import fcntl, os; fcntl.fcntl(7, 1031, 4096); os.write(7, bytes(4096))'
    with '2>&7' "${train[@]}" --save m.safetensors; ends 0 "saved"; whole; left m.safetensors
}
slow_reader() {
    # A result waits for its reader, who gets all of it.
    run "${train[@]}" --save m.safetensors
    seq 1 60000 | sed 's/$/,1/' >x.csv
    timeout "$limit" "$nngpu" predict --model m.safetensors --input x.csv 2>../err | { sleep 3; cat >../out; }
    code=${PIPESTATUS[0]}; ends 0; [ "$(wc -l <../out)" -ge 60000 ] || fail "$(wc -l <../out) lines"; left m.safetensors x.csv
}

# Terminals.
closed_terminal() { terminal close=epoch -- "${endless[@]}" --checkpoint run --save e.safetensors; ends 129 "saved e.safetensors"; loads e.safetensors; left e.safetensors run; goes_on; }
closed_terminal_of_both() { terminal stdout close=epoch -- "${endless[@]}" --checkpoint run --save e.safetensors; : >../err; ends 129; loads e.safetensors; left e.safetensors run; goes_on; }
closed_terminal_nohup() { : >../err; terminal ignore close=epoch -- "${train[@]}" --save m.safetensors; ends 0 "saved"; whole; left m.safetensors; }
dumb_terminal() { : >../err; TERM=dumb terminal -- "${train[@]}" --save m.safetensors; ends 0 "saved"; grep -q $'\e' ../tty && fail "escape codes"; grep -q "epoch 3" ../tty || fail "no progress"; whole; left m.safetensors; }
narrow_terminal() { : >../err; TERM=xterm terminal columns=20 -- "${train[@]}" --save m.safetensors; ends 0 "saved"; grep -q "epoch 3" ../tty || fail "no progress"; whole; left m.safetensors; }

# Signals.
signalled() {
    start "${endless[@]}" --checkpoint run --save e.safetensors; until_checkpoint
    kill "-$1" $process; finish
    ends "$2" "saved e.safetensors" "--resume"; loads e.safetensors; left e.safetensors run; goes_on
}
hangup() { signalled HUP 129; }
terminated() { signalled TERM 143; }
interrupted() { signalled INT 130; }
interrupted_twice() {
    # As fast as it goes: the second one kills, or finds the process at its end.
    start "${endless[@]}" --checkpoint run --save e.safetensors; until_checkpoint
    kill -INT $process; kill -INT $process; finish
    [ $code = 130 ] || fail "ends with $code"; goes_on
}
hung_up_twice() { start "${endless[@]}" --checkpoint run --save e.safetensors; until_checkpoint; kill -HUP $process; kill -HUP $process; finish; ends 129 "saved e.safetensors"; loads e.safetensors; left e.safetensors run; goes_on; }
hangup_ignored() {
    # As nohup starts it; a driver may have handlers of its own, and gives back only those it found.
    (trap '' HUP; exec "${endless[@]}" --checkpoint run --save e.safetensors >../out 2>../err) & process=$!
    until_checkpoint; kill -HUP $process; rm -f run/step-*; until_checkpoint
    kill -TERM $process; finish; ends 143 "saved e.safetensors"; loads e.safetensors; left e.safetensors run
}

# Two trainings in one folder.
shared_folder() {
    start "${endless[@]}" --checkpoint run --save e.safetensors; until_checkpoint; trap 'kill -9 $process 2>/dev/null' EXIT
    first=$process; cp ../err ../first
    run "${train[@]}" --checkpoint run --resume --save m.safetensors; ends 1 "run"; [ ! -e m.safetensors ] || fail "the second one saves"
    run "${train[@]}" --checkpoint run --save m.safetensors; [ $code = 1 ] || [ $code = 64 ] || fail "without --resume: $code"
    process=$first; kill -0 $process || fail "the first one is gone"; : >../err
    kill -TERM $process; finish; ends 143; loads e.safetensors; left e.safetensors run; goes_on
}

# The other commands.
with_model() { "${train[@]}" --quiet --save m.safetensors >/dev/null 2>&1; printf '0.5,1\n-1,0\n' >x.csv; }
evaluate_full() { with_model; cannot_print "$nngpu" evaluate --model m.safetensors --data moons; left m.safetensors x.csv; }
predict_full() { with_model; cannot_print "$nngpu" predict --model m.safetensors --input x.csv; left m.safetensors x.csv; }
export_full() { with_model; full f; run "$nngpu" export --model m.safetensors --output f/m.onnx; ends 1 "f/m.onnx" "No space left"; [ "$(ls -A f)" = filling ] || fail "leaves $(ls -A f)"; left m.safetensors x.csv f; }
check_full() { cannot_print "$nngpu" check --hidden 8 --inputs 4 --outputs 3; left; }
learn_full() { cannot_print "$nngpu" learn neuron; left; }
bench_full() { cannot_print "$nngpu" bench kernels --filter 128x10; left; }
tune_full() { NNGPU_TUNING=$PWD/t.json; cannot_print "$nngpu" tune --hidden 16 --inputs 2 --outputs 2 --batch-size 50 --budget 1s; left t.json; }
devices_full() { cannot_print "$nngpu" devices; left; }
explain_full() { cannot_print "$nngpu" explain --hidden 16 --inputs 2 --outputs 2 --batch-size 50; left; }
doctor_full() { cannot_print "$nngpu" doctor; left; }
help_full() { cannot_print "$nngpu" --help; cannot_print "$nngpu" train --help; cannot_print "$nngpu" --version; left; }
others_quiet() {
    # Only stderr is full.
    with_model
    keeps_quiet "$nngpu" evaluate --model m.safetensors --data moons
    keeps_quiet "$nngpu" predict --model m.safetensors --input x.csv
    keeps_quiet "$nngpu" check --hidden 8 --inputs 4 --outputs 3
    keeps_quiet "$nngpu" learn neuron
    keeps_quiet "$nngpu" bench kernels --filter 128x10
    keeps_quiet "$nngpu" --help
    with '2>/dev/full' "$nngpu" evaluate --model nowhere.safetensors --data moons; ends 66
    left m.safetensors x.csv
}
others_without_proc() {
    needs_mounts; with_model; umount -l /proc
    run "$nngpu" evaluate --model m.safetensors --data moons; ends 0 "loss"
    run "$nngpu" predict --model m.safetensors --input x.csv; ends 0
    run "$nngpu" nothing; ends 64; left m.safetensors x.csv
}

# --- The table ---

# In a process of its own: one row.
if [ -n "${PLACES_ROW:-}" ]; then
    scratch=$PLACES_SCRATCH
    cd "$scratch/$PLACES_ROW/here" || exit 1
    export HOME=$PWD/../home TMPDIR=$PWD/../tmp NNGPU_TUNING=off
    export NNGPU_CACHE=$scratch/programs POCL_CACHE_DIR=$scratch/kernels
    "$PLACES_ROW"
    exit 0
fi

scratch=$(realpath "$(mktemp -d)")
trap 'rm -rf "$scratch"' EXIT
chmod 711 "$scratch"
write_terminal
mkdir -m 700 "$scratch/programs" "$scratch/kernels"
# What undisturbed trainings give; the caches are warm then.
for _ in 1 2; do
    NNGPU_CACHE=$scratch/programs POCL_CACHE_DIR=$scratch/kernels NNGPU_TUNING=off \
        "${train[@]}" --quiet --save "$scratch/m.safetensors" >/dev/null || exit 1
done
own=(env)
if unshare -m true 2>/dev/null; then own=(unshare -m env PLACES_MOUNTS=1); fi
rows=("${@:2}")
if [ ${#rows[@]} -eq 0 ]; then
    mapfile -t rows < <(sed '1,/^# --- The rows/d; /^# --- The table/,$d' "$script" |
        sed -n 's/^\([a-z0-9_]*\)() {.*/\1/p' | grep -vx 'signalled\|with_model')
fi
passed=0 failed=0 skipped=0
for row in "${rows[@]}"; do
    mkdir -p "$scratch/$row/here" "$scratch/$row/home" "$scratch/$row/tmp"
    PLACES_ROW=$row PLACES_SCRATCH=$scratch "${own[@]}" bash "$script" "$nngpu" \
        </dev/null 2>"$scratch/$row/shell"
    code=$?
    why=$(cat "$scratch/$row/why" 2>/dev/null || tail -n 1 "$scratch/$row/shell")
    case $code in
    0) echo "ok  $row" && passed=$((passed + 1)) ;;
    77) echo "SKIPPED  $row: $why" && skipped=$((skipped + 1)) ;;
    *) echo "FAIL  $row: $why" && failed=$((failed + 1)) ;;
    esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
