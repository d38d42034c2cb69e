// Registers TensorFlow operations for attention (on CPUs) when Node loads this file: ReclmAttention<lanes> and
// ReclmAttentionGrad<lanes>.
#include <node_api.h>

#include <exception>
#include <string>
#include <vector>

#include "attention.h"
#include "tensorflow/c/c_api.h"
#include "tensorflow/c/ops.h"

// From tensorflow/c/kernels.h, which includes headers that TensorFlow's wheel is not unpacked for.
extern "C" {
struct TF_KernelBuilder;
struct TF_OpKernelConstruction;
struct TF_OpKernelContext;
TF_KernelBuilder *TF_NewKernelBuilder(const char *operation, const char *device, void *(*create)(TF_OpKernelConstruction *),
                                      void (*compute)(void *, TF_OpKernelContext *), void (*remove)(void *));
void TF_RegisterKernelBuilder(const char *name, TF_KernelBuilder *builder, TF_Status *status);
void TF_OpKernelConstruction_GetAttrInt32(TF_OpKernelConstruction *context, const char *name, int32_t *value,
                                          TF_Status *status);
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction *context, TF_Status *status);
void TF_OpKernelContext_Failure(TF_OpKernelContext *context, TF_Status *status);
void TF_GetInput(TF_OpKernelContext *context, int at, TF_Tensor **tensor, TF_Status *status);
TF_Tensor *TF_AllocateOutput(TF_OpKernelContext *context, int at, TF_DataType type, const int64_t *dims, int dimCount,
                             size_t bytes, TF_Status *status);
}

namespace {

struct Status {
  TF_Status *value = TF_NewStatus();
  ~Status() { TF_DeleteStatus(value); }
  bool ok() const { return TF_GetCode(value) == TF_OK; }
};

/** Thrown within an operation; TensorFlow hands its text on. */
struct Failure : std::exception {
  explicit Failure(std::string reason) : text("Cannot compute attention: " + reason) {}
  const char *what() const noexcept override { return text.c_str(); }
  std::string text;
};

/** The attributes of an operation. */
struct Settings {
  int32_t heads = 0, kvHeads = 0, threads = 0;
};

/** An input tensor for as long as the operation runs. */
struct Input {
  Input(TF_OpKernelContext *context, int at) {
    Status status;
    TF_GetInput(context, at, &tensor, status.value);
    if (!status.ok()) throw Failure(TF_Message(status.value));
    if (TF_NumDims(tensor) != 2) throw Failure("input " + std::to_string(at) + " is no matrix");
  }
  Input(const Input &) = delete;
  ~Input() {
    if (tensor) TF_DeleteTensor(tensor);
  }
  size_t rows() const { return TF_Dim(tensor, 0); }
  size_t columns() const { return TF_Dim(tensor, 1); }
  template <typename T>
  const T *data() const {
    return static_cast<const T *>(TF_TensorData(tensor));
  }
  TF_Tensor *tensor = nullptr;
};

struct Output {
  Output(TF_OpKernelContext *context, int at, size_t rows, size_t columns) {
    Status status;
    const int64_t dims[] = {static_cast<int64_t>(rows), static_cast<int64_t>(columns)};
    tensor = TF_AllocateOutput(context, at, TF_FLOAT, dims, 2, rows * columns * sizeof(float), status.value);
    if (!status.ok()) throw Failure(TF_Message(status.value));
  }
  Output(const Output &) = delete;
  ~Output() { TF_DeleteTensor(tensor); }
  float *data() const { return static_cast<float *>(TF_TensorData(tensor)); }
  TF_Tensor *tensor = nullptr;
};

void need(bool condition, const char *reason) {
  if (!condition) throw Failure(reason);
}

/** Inputs 0 to 2 as a problem; what they say is checked, since a wrong row would be read from anywhere. */
Attention attentionOf(const Settings &settings, const Input &qk, const Input &v, const Input &spans) {
  const size_t heads = settings.heads, kvHeads = settings.kvHeads, rows = qk.rows();
  need(v.rows() == rows && v.columns() % kvHeads == 0, "queries and values have other rows");
  const size_t d = v.columns() / kvHeads;
  need(qk.columns() == (heads + kvHeads) * d, "queries, keys and values have other widths");
  need(spans.columns() == 4 && sizeof(Span) == 4 * sizeof(int32_t), "spans have four numbers each");
  const Span *all = spans.data<Span>();
  size_t next = 0;
  for (size_t i = 0; i < spans.rows(); i++) {
    const auto &[start, length, parent, before] = all[i];
    need(length > 0 && start >= 0 && static_cast<size_t>(start) == next, "spans do not follow each other");
    next += length;
    const bool known = parent < static_cast<int32_t>(i) && parent >= -1;
    need(known && before == (parent < 0 ? 0 : all[parent].before + all[parent].length), "a span's parent is wrong");
  }
  need(rows > 0 && next == rows, "spans do not hold all rows");
  return {rows, heads, kvHeads, d, all, spans.rows(), qk.data<float>(), v.data<float>()};
}

void forward(const Settings &settings, TF_OpKernelContext *context) {
  const Input qk(context, 0), v(context, 1), spans(context, 2);
  const Attention attention = attentionOf(settings, qk, v, spans);
  const Output out(context, 0, attention.rows, attention.heads * attention.d);
  const Output logSums(context, 1, attention.rows, attention.heads);
  attentionForward(attention, out.data(), logSums.data(), settings.threads);
}

void backward(const Settings &settings, TF_OpKernelContext *context) {
  const Input qk(context, 0), v(context, 1), spans(context, 2), logSums(context, 3), dOut(context, 4);
  const Attention attention = attentionOf(settings, qk, v, spans);
  const auto &[rows, heads, kvHeads, d, all, count, q, values] = attention;
  need(logSums.rows() == rows && logSums.columns() == heads, "the denominators have other rows");
  need(dOut.rows() == rows && dOut.columns() == heads * d, "the gradient has another shape");
  const Output dQk(context, 0, rows, qk.columns()), dV(context, 1, rows, v.columns());
  attentionBackward(attention, logSums.data<float>(), dOut.data<float>(), dQk.data(), dV.data(), settings.threads);
}

template <void (*run)(const Settings &, TF_OpKernelContext *)>
void compute(void *settings, TF_OpKernelContext *context) {
  try {
    run(*static_cast<Settings *>(settings), context);
  } catch (const std::exception &error) {
    Status status;
    TF_SetStatus(status.value, TF_INVALID_ARGUMENT, error.what());
    TF_OpKernelContext_Failure(context, status.value);
  }
}

void *create(TF_OpKernelConstruction *context) {
  auto *settings = new Settings;
  Status status;
  const auto read = [&](const char *name, int32_t *value) {
    if (status.ok()) TF_OpKernelConstruction_GetAttrInt32(context, name, value, status.value);
    if (status.ok() && *value < 1) TF_SetStatus(status.value, TF_INVALID_ARGUMENT, "Cannot compute attention: a count is 0");
  };
  read("heads", &settings->heads);
  read("kv_heads", &settings->kvHeads);
  read("threads", &settings->threads);
  if (!status.ok()) TF_OpKernelConstruction_Failure(context, status.value);
  return settings;
}

void remove(void *settings) { delete static_cast<Settings *>(settings); }

void anyShape(TF_ShapeInferenceContext *context, TF_Status *status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

/** Throws unless TensorFlow takes the operation. */
void add(const std::string &name, const std::vector<const char *> &inputs, const std::vector<const char *> &outputs,
         void (*run)(void *, TF_OpKernelContext *)) {
  Status status;
  TF_OpDefinitionBuilder *definition = TF_NewOpDefinitionBuilder(name.c_str());
  for (const char *attribute : {"heads: int", "kv_heads: int", "threads: int"}) {
    TF_OpDefinitionBuilderAddAttr(definition, attribute);
  }
  for (const char *input : inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char *output : outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, anyShape);
  TF_RegisterOpDefinition(definition, status.value);
  if (!status.ok()) throw Failure(TF_Message(status.value));
  TF_RegisterKernelBuilder(name.c_str(), TF_NewKernelBuilder(name.c_str(), "CPU", create, run, remove), status.value);
  if (!status.ok()) throw Failure(TF_Message(status.value));
}

napi_value begin(napi_env env, napi_value exports) {
  // Once a process: other contexts of Node (worker threads) find the operations there.
  static bool added = false;
  try {
    if (added) return exports;
    const std::string width = std::to_string(LANES);
    add("ReclmAttention" + width, {"qk: float", "v: float", "spans: int32"}, {"out: float", "log_sums: float"},
        compute<forward>);
    add("ReclmAttentionGrad" + width,
        {"qk: float", "v: float", "spans: int32", "log_sums: float", "d_out: float"}, {"d_qk: float", "d_v: float"},
        compute<backward>);
    added = true;
  } catch (const std::exception &error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return exports;
}

}  // namespace

NAPI_MODULE(reclm_attention, begin)
