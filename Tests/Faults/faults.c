// Stands between a program and its OpenCL driver, counts the calls and makes them fail on demand.
//
//     cc -shared -fPIC -o faults.so faults.c -ldl
//     LD_PRELOAD=./faults.so FAULTS_STATE=state FAULTS_AT=17 nngpu …
//
// FAULTS_STATE   a file that all processes of a run share: the number of calls, and of live objects
// FAULTS_LOG     a file that every call, or every call that fails if some are to, is written to: its
//                number, its name, the stack above it
// FAULTS_AT      the first call that fails, counted from 1
// FAULTS_UNTIL   the last one, by default the first; a large number is the loss of a device
// FAULTS_SILENT  a kernel whose name contains this is not run from that call on, with success reported:
//                a driver that computes wrongly
// FAULTS_SPOIL   from that call on, each run of a kernel whose name contains this leaves all numbers in its
//                buffers too large by a hundredth: a driver that computes a little wrongly
#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CONTEXT, QUEUE, BUFFER, PROGRAM, KERNEL, EVENT, KINDS };

struct state {
    atomic_long calls, failed, live[KINDS];
};

static struct state *state;
static long first, last;
static int logFile = -1;
static const char *silent, *spoiled;

// What buffers kernels were given last, by argument.
static struct {
    cl_kernel kernel;
    cl_uint index;
    cl_mem buffer;
} given[1 << 16];

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("FAULTS_STATE"), *at = getenv("FAULTS_AT");
    const char *until = getenv("FAULTS_UNTIL"), *log = getenv("FAULTS_LOG");
    int file = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666) : -1;
    if (file < 0 || ftruncate(file, sizeof *state) != 0) return;
    void *memory = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory == MAP_FAILED) return;
    state = memory;
    first = at ? atol(at) : LONG_MAX;
    last = until ? atol(until) : first;
    silent = getenv("FAULTS_SILENT");
    spoiled = getenv("FAULTS_SPOIL");
    if (log) logFile = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

static void write_line(long number, const char *name) {
    void *frames[16];
    char line[1024];
    int depth = backtrace(frames, 16);
    int length = snprintf(line, sizeof line, "%ld %s", number, name);
    // Frame 0 is this function, frame 1 the function that stands for the driver's.
    for (int index = 2; index < depth && length < 900; index++) {
        Dl_info info;
        if (!dladdr(frames[index], &info) || !info.dli_fname) continue;
        const char *module = strrchr(info.dli_fname, '/');
        length += snprintf(
            line + length, sizeof line - length, " %s+%#lx", module ? module + 1 : info.dli_fname,
            (long)((char *)frames[index] - (char *)info.dli_fbase));
    }
    line[length++] = '\n';
    if (write(logFile, line, length) < 0) abort();
}

// The status that a call has to return without having done anything; 0 if it is to be made.
static inline __attribute__((always_inline)) cl_int fault(const char *name, cl_int status) {
    if (!state) return 0;
    long number = atomic_fetch_add(&state->calls, 1) + 1;
    int fails = !silent && !spoiled && number >= first && number <= last;
    if (logFile >= 0 && (fails || first == LONG_MAX)) write_line(number, name);
    if (!fails) return 0;
    atomic_fetch_add(&state->failed, 1);
    return status;
}

static void count(int kind, long change) {
    if (state) atomic_fetch_add(&state->live[kind], change);
}

static int is_chosen(cl_kernel kernel, const char *choice) {
    char name[256] = "";
    if (!choice || !state || atomic_load(&state->calls) < first) return 0;
    clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name - 1, name, NULL);
    return strstr(name, choice) != NULL;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static void remember(cl_kernel kernel, cl_uint index, size_t size, const void *value) {
    if (!spoiled || size != sizeof(cl_mem) || !value) return;
    size_t place = 0;
    while (place < sizeof given / sizeof *given - 1 && given[place].kernel
           && !(given[place].kernel == kernel && given[place].index == index))
        place++;
    given[place].kernel = kernel;
    given[place].index = index;
    given[place].buffer = *(const cl_mem *)value;
}

// Makes the numbers in each buffer larger, behind the kernel; whole numbers look like subnormal ones, and stay.
static void spoil(cl_command_queue queue, cl_kernel kernel) {
    static __typeof__(&clEnqueueReadBuffer) read;
    static __typeof__(&clEnqueueWriteBuffer) write;
    static __typeof__(&clGetMemObjectInfo) info;
    if (!read) read = (__typeof__(read))dlsym(RTLD_NEXT, "clEnqueueReadBuffer");
    if (!write) write = (__typeof__(write))dlsym(RTLD_NEXT, "clEnqueueWriteBuffer");
    if (!info) info = (__typeof__(info))dlsym(RTLD_NEXT, "clGetMemObjectInfo");
    cl_mem before = NULL;
    for (size_t place = 0; place < sizeof given / sizeof *given && given[place].kernel; place++) {
        size_t size = 0;
        if (given[place].kernel != kernel || given[place].buffer == before) continue;
        before = given[place].buffer;
        info(before, CL_MEM_SIZE, sizeof size, &size, NULL);
        float *numbers = malloc(size);
        read(queue, before, CL_TRUE, 0, size, numbers, 0, NULL, NULL);
        for (size_t index = 0; index < size / sizeof *numbers; index++)
            if (isnormal(numbers[index])) numbers[index] *= 1.01f;
        write(queue, before, CL_TRUE, 0, size, numbers, 0, NULL, NULL);
        free(numbers);
    }
}

// Functions that return a status.
#define CALL(name, status, parameters, arguments) \
    cl_int name parameters { \
        REAL(name); \
        cl_int failure = fault(#name, status); \
        return failure ? failure : real arguments; \
    }

// Functions that return an object and write the status.
#define CREATE(type, name, kind, status, parameters, arguments) \
    type name parameters { \
        REAL(name); \
        cl_int failure = fault(#name, status); \
        if (failure) { \
            if (error) *error = failure; \
            return NULL; \
        } \
        type object = real arguments; \
        if (object) count(kind, 1); \
        return object; \
    }

// A release counts even where it fails: the caller has done what it can.
#define RELEASE(type, name, kind) \
    cl_int name(type object) { \
        REAL(name); \
        count(kind, -1); \
        cl_int failure = fault(#name, CL_OUT_OF_RESOURCES); \
        return failure ? failure : real(object); \
    }

// Commands that may hand out an event.
#define ENQUEUE(name, parameters, arguments) \
    cl_int name parameters { \
        REAL(name); \
        cl_int failure = fault(#name, CL_OUT_OF_RESOURCES); \
        if (!failure) failure = real arguments; \
        if (!failure && event) count(EVENT, 1); \
        return failure; \
    }

// ------------------------------------------------------------------------------------------------
// Discovery and questions

CALL(clGetPlatformIDs, CL_OUT_OF_HOST_MEMORY,
    (cl_uint capacity, cl_platform_id *platforms, cl_uint *found), (capacity, platforms, found))
CALL(clGetPlatformInfo, CL_OUT_OF_HOST_MEMORY,
    (cl_platform_id platform, cl_platform_info what, size_t size, void *value, size_t *needed),
    (platform, what, size, value, needed))
CALL(clGetDeviceIDs, CL_OUT_OF_HOST_MEMORY,
    (cl_platform_id platform, cl_device_type type, cl_uint capacity, cl_device_id *devices,
     cl_uint *found),
    (platform, type, capacity, devices, found))
CALL(clGetDeviceInfo, CL_OUT_OF_HOST_MEMORY,
    (cl_device_id device, cl_device_info what, size_t size, void *value, size_t *needed),
    (device, what, size, value, needed))
CALL(clGetCommandQueueInfo, CL_OUT_OF_HOST_MEMORY,
    (cl_command_queue queue, cl_command_queue_info what, size_t size, void *value, size_t *needed),
    (queue, what, size, value, needed))
CALL(clGetMemObjectInfo, CL_OUT_OF_HOST_MEMORY,
    (cl_mem memory, cl_mem_info what, size_t size, void *value, size_t *needed),
    (memory, what, size, value, needed))
CALL(clGetKernelInfo, CL_OUT_OF_HOST_MEMORY,
    (cl_kernel kernel, cl_kernel_info what, size_t size, void *value, size_t *needed),
    (kernel, what, size, value, needed))
CALL(clGetKernelWorkGroupInfo, CL_OUT_OF_HOST_MEMORY,
    (cl_kernel kernel, cl_device_id device, cl_kernel_work_group_info what, size_t size,
     void *value, size_t *needed),
    (kernel, device, what, size, value, needed))
CALL(clGetProgramInfo, CL_OUT_OF_HOST_MEMORY,
    (cl_program program, cl_program_info what, size_t size, void *value, size_t *needed),
    (program, what, size, value, needed))
CALL(clGetProgramBuildInfo, CL_OUT_OF_HOST_MEMORY,
    (cl_program program, cl_device_id device, cl_program_build_info what, size_t size,
     void *value, size_t *needed),
    (program, device, what, size, value, needed))
CALL(clGetEventProfilingInfo, CL_PROFILING_INFO_NOT_AVAILABLE,
    (cl_event event, cl_profiling_info what, size_t size, void *value, size_t *needed),
    (event, what, size, value, needed))

// ------------------------------------------------------------------------------------------------
// Objects

CREATE(cl_context, clCreateContext, CONTEXT, CL_DEVICE_NOT_AVAILABLE,
    (const cl_context_properties *properties, cl_uint number, const cl_device_id *devices,
     void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *), void *user,
     cl_int *error),
    (properties, number, devices, notify, user, error))
CREATE(cl_command_queue, clCreateCommandQueue, QUEUE, CL_OUT_OF_HOST_MEMORY,
    (cl_context context, cl_device_id device, cl_command_queue_properties properties,
     cl_int *error),
    (context, device, properties, error))
CREATE(cl_mem, clCreateBuffer, BUFFER, CL_MEM_OBJECT_ALLOCATION_FAILURE,
    (cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *error),
    (context, flags, size, host, error))
CREATE(cl_mem, clCreateSubBuffer, BUFFER, CL_MEM_OBJECT_ALLOCATION_FAILURE,
    (cl_mem buffer, cl_mem_flags flags, cl_buffer_create_type type, const void *region, cl_int *error),
    (buffer, flags, type, region, error))
CREATE(cl_program, clCreateProgramWithSource, PROGRAM, CL_OUT_OF_HOST_MEMORY,
    (cl_context context, cl_uint number, const char **texts, const size_t *lengths, cl_int *error),
    (context, number, texts, lengths, error))
CREATE(cl_program, clCreateProgramWithBinary, PROGRAM, CL_INVALID_BINARY,
    (cl_context context, cl_uint number, const cl_device_id *devices, const size_t *lengths,
     const unsigned char **binaries, cl_int *statuses, cl_int *error),
    (context, number, devices, lengths, binaries, statuses, error))
CREATE(cl_kernel, clCreateKernel, KERNEL, CL_INVALID_KERNEL_NAME,
    (cl_program program, const char *kernelName, cl_int *error), (program, kernelName, error))

cl_int clCreateKernelsInProgram(
    cl_program program, cl_uint capacity, cl_kernel *kernels, cl_uint *found) {
    REAL(clCreateKernelsInProgram);
    cl_int failure = fault("clCreateKernelsInProgram", CL_OUT_OF_HOST_MEMORY);
    if (!failure) failure = real(program, capacity, kernels, found);
    if (!failure && kernels) count(KERNEL, capacity);
    return failure;
}

CALL(clBuildProgram, CL_BUILD_PROGRAM_FAILURE,
    (cl_program program, cl_uint number, const cl_device_id *devices, const char *options,
     void(CL_CALLBACK *notify)(cl_program, void *), void *user),
    (program, number, devices, options, notify, user))

cl_int clSetKernelArg(cl_kernel kernel, cl_uint index, size_t size, const void *value) {
    REAL(clSetKernelArg);
    cl_int failure = fault("clSetKernelArg", CL_OUT_OF_HOST_MEMORY);
    if (failure) return failure;
    remember(kernel, index, size, value);
    return real(kernel, index, size, value);
}

RELEASE(cl_context, clReleaseContext, CONTEXT)
RELEASE(cl_command_queue, clReleaseCommandQueue, QUEUE)
RELEASE(cl_mem, clReleaseMemObject, BUFFER)
RELEASE(cl_program, clReleaseProgram, PROGRAM)
RELEASE(cl_kernel, clReleaseKernel, KERNEL)
RELEASE(cl_event, clReleaseEvent, EVENT)

// ------------------------------------------------------------------------------------------------
// Commands

cl_int clEnqueueNDRangeKernel(
    cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
    const size_t *global, const size_t *local, cl_uint number, const cl_event *before,
    cl_event *event) {
    REAL(clEnqueueNDRangeKernel);
    cl_int failure = fault("clEnqueueNDRangeKernel", CL_OUT_OF_RESOURCES);
    if (!failure && !event && is_chosen(kernel, silent)) return CL_SUCCESS;
    if (!failure)
        failure = real(queue, kernel, dimensions, offset, global, local, number, before, event);
    if (!failure && is_chosen(kernel, spoiled)) spoil(queue, kernel);
    if (!failure && event) count(EVENT, 1);
    return failure;
}

ENQUEUE(clEnqueueReadBuffer,
    (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
     void *host, cl_uint number, const cl_event *before, cl_event *event),
    (queue, buffer, blocking, offset, size, host, number, before, event))
ENQUEUE(clEnqueueWriteBuffer,
    (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
     const void *host, cl_uint number, const cl_event *before, cl_event *event),
    (queue, buffer, blocking, offset, size, host, number, before, event))
ENQUEUE(clEnqueueFillBuffer,
    (cl_command_queue queue, cl_mem buffer, const void *pattern, size_t width, size_t offset,
     size_t size, cl_uint number, const cl_event *before, cl_event *event),
    (queue, buffer, pattern, width, offset, size, number, before, event))
ENQUEUE(clEnqueueCopyBuffer,
    (cl_command_queue queue, cl_mem source, cl_mem target, size_t from, size_t to, size_t size,
     cl_uint number, const cl_event *before, cl_event *event),
    (queue, source, target, from, to, size, number, before, event))

CALL(clFlush, CL_OUT_OF_RESOURCES, (cl_command_queue queue), (queue))
CALL(clFinish, CL_OUT_OF_RESOURCES, (cl_command_queue queue), (queue))
CALL(clWaitForEvents, CL_OUT_OF_RESOURCES,
    (cl_uint number, const cl_event *events), (number, events))
