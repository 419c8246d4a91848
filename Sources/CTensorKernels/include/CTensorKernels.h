// Compute kernels of Darkroom: what Swift sees.
//
// Owns: arithmetic on plain float buffers, the choice of an instruction set, the thread pool, big buffers.
// Doesn't own: shapes' validity (Swift checks them once per operation), layouts of files, anything about graphs.
//
// Rules that every kernel keeps:
// - f32 accumulation, one chain of fused multiply-adds per output element with k ascending, so that every
//   instruction set gives the same bits (reductions over lanes always go through 16 partial sums);
// - work is cut by shape only, each output element belongs to one unit, so that any thread count gives the
//   same bits;
// - nothing is read or written past the end of a buffer.
#ifndef CTENSORKERNELS_H
#define CTENSORKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// ---- element types and activations --------------------------------------------------------------------

/// How numbers are stored. Arithmetic is f32 in every kernel of this header: another one would be a kernel of its own.
typedef enum dk_type { DK_F32 = 0, DK_F16 = 1, DK_BF16 = 2 } dk_type;

/// What is applied to a sum before the residual is added.
typedef enum dk_activation {
    DK_LINEAR = 0,      // x
    DK_SILU = 1,        // x / (1 + e^-x)
    DK_GELU = 2,        // x Φ(x), erf to 2e-7
    DK_QUICK_GELU = 3,  // x / (1 + e^(-1.702 x)), CLIP's
    DK_RELU = 4,        // max(x, 0)
    DK_LEAKY_RELU = 5,  // x where positive, else x / 5, ESRGAN's
} dk_activation;

/// Columns of a packed weight panel, on every instruction set.
enum { DK_PANEL = 32 };
/// Most inputs that a convolution, a 1x1 product or a group norm can read as if they were joined along channels.
enum { DK_MAX_INPUTS = 5 };

// ---- pool.c: threads ------------------------------------------------------------------------------------

/// What a unit of work may use for itself: scratch memory that belongs to the thread.
typedef struct dk_worker dk_worker;
typedef void (*dk_unit_fn)(const void *context, size_t unit, dk_worker *worker);

/// Runs `units` calls of `fn` on the pool and returns when all are done. Units are taken in ascending order.
/// Inside a unit a further call runs inline. Denormals count as zero while units run, on every thread.
void dk_run(size_t units, dk_unit_fn fn, const void *context);
/// Asked between two units of a job, on any thread; true ends the job early: units not yet begun are left out.
typedef bool (*dk_stop_fn)(const void *context);
typedef struct dk_stop { dk_stop_fn asked; const void *context; } dk_stop;
/// What jobs that this thread starts ask from now on; NULL: nothing. Returns what they asked before. After an early end the
/// output is incomplete: whoever sets this asks again when the kernel returns.
dk_stop dk_stop_when(dk_stop stop);
/// Threads that take part, the caller included. 0 gives the default back. At most 256.
void dk_set_threads(size_t threads);
size_t dk_threads(void);
/// Processors that this process may use: affinity mask and cgroup quota.
size_t dk_available_processors(void);
/// At least `bytes` of 64-byte aligned scratch, valid until the unit ends. Contents are undefined.
void *dk_scratch(dk_worker *worker, size_t bytes);

// ---- memory.c: big buffers --------------------------------------------------------------------------------

/// 64-byte aligned memory, contents undefined; large blocks come from a list of freed ones. NULL when there is none.
void *dk_allocate(size_t bytes);
/// The same, for those who can't go on without: ends the process by dk_out_of_memory when there is none.
void *dk_demand(size_t bytes, const char *purpose);
/// `bytes` as given to `dk_allocate`.
void dk_free(void *memory, size_t bytes);
/// Gives kept blocks and the threads' scratch memory back to the system.
void dk_trim(void);
// Gives back what the heap of small blocks holds without using it. Cheap between two jobs, not for the middle of one.
void dk_trim_heap(void);
/// Most bytes that the list of freed blocks keeps. Default 1 GiB. Gives what it was before.
size_t dk_set_kept_limit(size_t bytes);
/// Most bytes that live and kept blocks should take together: kept ones go back to the system first. Default: no limit.
void dk_set_total_limit(size_t bytes);
typedef struct dk_memory_use { size_t live, peak, kept, scratch; } dk_memory_use;
/// Bytes in live blocks, their highest value since `dk_reset_peak`, bytes kept for reuse, scratch of the threads.
dk_memory_use dk_memory(void);
void dk_reset_peak(void);
typedef struct dk_allocation_count { size_t blocks, bytes; } dk_allocation_count;
/// Blocks that this thread asked dk_allocate for since it began, and their bytes. What others do doesn't show.
dk_allocation_count dk_allocations(void);

// ---- shortage.c: when there is no memory -----------------------------------------------------------------------------

/// Status of a process that ended because memory couldn't be had.
enum { DK_SHORTAGE_STATUS = 4 };
/// Ends the process: one message on stderr (how much, for what, what could be done), then `_exit` with DK_SHORTAGE_STATUS.
/// `purpose` completes "no memory for …".
_Noreturn void dk_out_of_memory(size_t bytes, const char *purpose);
/// Called before that, on the thread that needs the memory, possibly in the middle of a kernel: it may tell somebody, and may
/// not return. It must not compute. NULL: nobody.
typedef void (*dk_shortage_handler)(size_t bytes, const char *purpose);
void dk_set_shortage_handler(dk_shortage_handler handler);
/// For tests: the allocation of that number from now on (blocks and scratch memory count) fails; 0: none. The environment's
/// DARKROOM_FAIL_ALLOCATION says the same for a whole process.
void dk_fail_allocation(size_t number);

// ---- dispatch.c: instruction sets ---------------------------------------------------------------------------

/// Name of the instruction set in use: "scalar", "avx2", "avx512", "neon". Chosen at first use.
const char *dk_variant_name(void);
/// Why DARKROOM_KERNELS can't be obeyed, or NULL. The best supported variant is in use then.
const char *dk_variant_problem(void);
/// Variants of this build: name by index, NULL past the end.
const char *dk_variant_at(size_t index);
bool dk_variant_supported(const char *name);
/// Switches; false (and nothing changes) when it is unknown or this processor can't run it. For tests.
bool dk_select_variant(const char *name);
/// Names of all kernels of a variant's table, NULL past the end.
const char *dk_kernel_at(size_t index);

// ---- pack.c: weights ---------------------------------------------------------------------------------------

/// Panels for n outputs.
static inline size_t dk_panels(size_t n) { return (n + DK_PANEL - 1) / DK_PANEL; }
size_t dk_type_size(dk_type type);
/// Bytes of a packed matrix of n outputs (twice as many rows when `paired`) and k inputs.
size_t dk_packed_size(size_t n, size_t k, bool paired, dk_type type);
/// Packs w [n][k] into panels [n/32][k][32], missing columns zero.
///
/// A convolution's [out][in][kh][kw] is the same matrix with k = in·kh·kw. `paired`: w has 2n rows, a row of
/// values and one of gates for each output; panels alternate value, gate.
void dk_pack(void *packed, const void *w, size_t n, size_t k, bool paired, dk_type type);

// ---- linear.c ------------------------------------------------------------------------------------------------

/// One of several inputs that count as joined along channels: rows of `channels` numbers, contiguous.
typedef struct dk_input { const float *data; size_t channels; } dk_input;

/// y = act(x·W + bias) + residual, or with `paired` y = (x·V + b_v) · gelu(x·G + b_g) + residual.
typedef struct dk_linear {
    dk_input inputs[DK_MAX_INPUTS];
    size_t input_count;
    size_t rows, k, n;
    const void *weights;       // dk_pack(n, k, paired)
    dk_type weight_type;
    bool paired;
    const float *bias;         // [n], paired [2n]; or NULL
    const float *residual;     // [rows][n] or NULL; may be y
    dk_activation activation;  // ignored when paired
    float *y;                  // [rows][n], no input
} dk_linear;
void dk_linear_run(const dk_linear *job);

// ---- product.c -----------------------------------------------------------------------------------------------

/// y = op(a)·op(b) of two plain matrices, y [rows][n]: neither is packed before.
typedef struct dk_product {
    const float *a;            // [rows][k], transposed: [k][rows]
    const float *b;            // [k][n], transposed: [n][k]
    bool a_transposed, b_transposed;
    size_t rows, k, n;
    float *y;                  // neither a nor b
} dk_product;
/// The same bits as dk_linear_run with b packed.
void dk_product_run(const dk_product *job);

// ---- conv.c ----------------------------------------------------------------------------------------------------

/// NHWC convolution, dilation 1. y = act(conv(x) + bias + image_bias) + residual.
typedef struct dk_conv {
    dk_input inputs[DK_MAX_INPUTS];
    size_t input_count;
    size_t batch, height, width;   // of the stored input
    size_t in_channels;            // sum over the inputs
    bool upsample;                 // the input is read as if doubled by nearest neighbour
    size_t kernel_height, kernel_width, stride;
    size_t pad_top, pad_left;      // zeros; bottom and right follow from the output's size
    size_t out_height, out_width, out_channels;
    const void *weights;           // dk_pack(out_channels, in_channels·kh·kw)
    dk_type weight_type;
    const float *bias;             // [out_channels] or NULL
    const float *image_bias;       // [batch][out_channels] or NULL: the time embedding
    const float *residual;         // like y, or NULL; may be y
    dk_activation activation;
    float *y;                      // [batch][out_height][out_width][out_channels], no input
    // A band of rows. The sizes above stay those of the whole picture, so that a band has the picture's bits; y and residual
    // hold rows out_first… alone, the inputs rows in_first… (all that those rows of y look at). out_first is a multiple of 4,
    // out_rows too unless they are the last. out_rows = 0: the whole picture.
    size_t out_first, out_rows, in_first, in_rows;
} dk_conv;
/// 3x3 with stride 1 and one pixel of padding goes through Winograd F(4x4,3x3) where that pays, by the picture's shape alone.
void dk_conv_run(const dk_conv *job);
/// Bytes that dk_conv_run takes from dk_demand meanwhile.
size_t dk_conv_workspace(const dk_conv *job);
/// Whether dk_conv_run would take Winograd's way.
bool dk_conv_is_winograd(const dk_conv *job);

// ---- attention.c -------------------------------------------------------------------------------------------------

/// out = softmax(scale · q·kᵀ)·v per head. Rows are tokens, a head is `head_size` neighbouring columns.
typedef struct dk_attention {
    const float *q, *k, *v;
    size_t q_pitch, k_pitch, v_pitch, out_pitch;   // floats from token to token
    size_t batch, heads, head_size, queries, keys; // tokens of one picture follow each other
    float scale;
    bool causal;               // key j is seen by query i when j <= i
    float *out;                // no input
    // Keys may come in several calls, one after the other, each but the last a multiple of 128 of them; the bits are those of
    // one call. What the queries know so far is kept in `state` (dk_attention_state_bytes); q is read by the call that
    // `begins`, out is written by the one that `ends`. Not with `causal`. NULL: all keys are here.
    float *state;
    bool begins, ends;
} dk_attention;
void dk_attention_run(const dk_attention *job);
size_t dk_attention_state_bytes(const dk_attention *job);

// ---- norm.c --------------------------------------------------------------------------------------------------------

typedef struct dk_group_norm {
    dk_input inputs[DK_MAX_INPUTS];
    size_t input_count;
    size_t batch, pixels, channels, groups;  // channels: sum over the inputs, a multiple of groups
    const float *gamma, *beta;               // [channels]
    float epsilon;
    dk_activation activation;
    float *y;                                // [batch][pixels][channels]; may be the only input
} dk_group_norm;
void dk_group_norm_run(const dk_group_norm *job);

/// The same in parts, for one picture that comes in bands, with the same bits: sums of all parts in their order, then factors,
/// then y = act(x·scale + shift). Each part of a picture but the last is a multiple of dk_group_norm_stretch pixels.
size_t dk_group_norm_stretch(size_t channels);
/// Adds to sums [groups][2] (sum, sum of squares), zero at the beginning.
void dk_group_norm_gather(const float *x, size_t pixels, size_t channels, size_t groups, double *sums);
/// scale and shift [channels] from the sums over all `pixels`.
void dk_group_norm_factors(const double *sums, size_t pixels, size_t channels, size_t groups, const float *gamma, const float *beta,
                           float epsilon, float *scale, float *shift);
/// y may be x.
void dk_scale_shift_run(float *y, const float *x, size_t pixels, size_t channels, const float *scale, const float *shift,
                        dk_activation activation);

typedef struct dk_layer_norm {
    const float *x;
    size_t rows, columns;
    const float *gamma, *beta;  // [columns] or NULL (1 and 0)
    float epsilon;
    float *y;                   // may be x
} dk_layer_norm;
void dk_layer_norm_run(const dk_layer_norm *job);
/// Softmax of each row. y may be x.
void dk_softmax_run(float *y, const float *x, size_t rows, size_t columns);

// ---- elementwise.c: y may be any operand ------------------------------------------------------------------------------

void dk_activate_run(float *y, const float *x, size_t n, dk_activation activation);
/// y = x · s
void dk_scale_run(float *y, const float *x, float s, size_t n);
void dk_add_run(float *y, const float *a, const float *b, size_t n);
void dk_multiply_run(float *y, const float *a, const float *b, size_t n);
/// y = a·p + b·q, one multiplication and one fma.
void dk_lincomb_run(float *y, float a, const float *p, float b, const float *q, size_t n);
/// y[r][c] = x[r][c] · gelu(x[r][columns + c]), x [rows][2·columns]. y isn't x.
void dk_geglu_run(float *y, const float *x, size_t rows, size_t columns);
/// To f32, exact; from f32, to nearest even. f32 to f32 copies.
void dk_widen_run(float *y, const void *x, dk_type type, size_t n);
void dk_narrow_run(void *y, const float *x, dk_type type, size_t n);
/// y[i] = table[rows[i]], rows of `columns` numbers of `type`.
void dk_gather_run(float *y, const void *table, dk_type type, const int32_t *rows, size_t count, size_t columns);

// ---- finite.c --------------------------------------------------------------------------------------------

/// How a number lies in a file or in memory, where only its bits are looked at.
typedef enum dk_stored {
    DK_STORED_F64, DK_STORED_F32, DK_STORED_F16, DK_STORED_BF16, DK_STORED_E4M3, DK_STORED_E5M2,
} dk_stored;

/// Index of the first of n numbers that is NaN or infinite (E4M3 has no infinities); n when all are finite.
size_t dk_first_not_finite(const void *x, dk_stored stored, size_t n);

// ---- the table of a variant ----------------------------------------------------------------------------------------------

/// Every kernel once: the table, its filling and the tests' list of names are this list expanded.
/// A unit kernel does one unit of the job that the driver of the same name planned.
#define DK_KERNELS(X)                                                                                          \
    X(linear_unit, (const void *job, size_t unit, dk_worker *worker))                                          \
    X(product_unit, (const void *job, size_t unit, dk_worker *worker))                                         \
    X(conv_direct_unit, (const void *job, size_t unit, dk_worker *worker))                                     \
    X(winograd_input_unit, (const void *job, size_t unit, dk_worker *worker))                                  \
    X(winograd_output_unit, (const void *job, size_t unit, dk_worker *worker))                                 \
    X(attention_unit, (const void *job, size_t unit, dk_worker *worker))                                       \
    X(group_norm_sums_unit, (const void *job, size_t unit, dk_worker *worker))                                 \
    X(group_norm_apply_unit, (const void *job, size_t unit, dk_worker *worker))                                \
    X(layer_norm_row, (float *y, const float *x, size_t n, const float *gamma, const float *beta, float eps))  \
    X(softmax_row, (float *y, const float *x, size_t n))                                                       \
    X(activate, (float *y, const float *x, size_t n, dk_activation activation))                                \
    X(geglu, (float *y, const float *value, const float *gate, size_t n))                                      \
    X(scale, (float *y, const float *x, float s, size_t n))                                                    \
    X(add, (float *y, const float *a, const float *b, size_t n))                                               \
    X(multiply, (float *y, const float *a, const float *b, size_t n))                                          \
    X(lincomb, (float *y, float a, const float *p, float b, const float *q, size_t n))                         \
    X(widen_f16, (float *y, const uint16_t *x, size_t n))                                                      \
    X(widen_bf16, (float *y, const uint16_t *x, size_t n))                                                     \
    X(narrow_f16, (uint16_t *y, const float *x, size_t n))                                                     \
    X(narrow_bf16, (uint16_t *y, const float *x, size_t n))

typedef struct dk_variant {
    const char *name;
    bool (*supported)(void);
#define DK_FIELD(kernel, parameters) void (*kernel) parameters;
    DK_KERNELS(DK_FIELD)
#undef DK_FIELD
} dk_variant;

/// The table in use.
const dk_variant *dk_kernels(void);

#endif
