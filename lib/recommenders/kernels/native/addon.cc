// The native kernels for Node; arrays are Float32Arrays, also in shared memory, and counts are checked against their lengths.
#include <node_api.h>

#include <exception>
#include <stdexcept>
#include <string>

#include "dense.h"
#include "exponentialSums.h"

namespace {

/** The arguments of a call, read in their order. */
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env(env) {
    if (napi_get_cb_info(env, info, &given, values, nullptr, nullptr) != napi_ok) given = 0;
  }

  size_t count(const char *name) {
    const double number = numberOf(name);
    if (!(number >= 1 && number <= 4e9)) throw std::out_of_range(std::string(name) + " is not a count of 1 or more");
    return static_cast<size_t>(number);
  }

  float positive(const char *name) {
    const double number = numberOf(name);
    if (!(number > 0)) throw std::out_of_range(std::string(name) + " is not above 0");
    return static_cast<float>(number);
  }

  float *numbers(const char *name, size_t least) {
    bool isArray = false;
    napi_typedarray_type type{};
    size_t length = 0;
    void *data = nullptr;
    const napi_value value = next(name);
    if (napi_is_typedarray(env, value, &isArray) != napi_ok || !isArray ||
        napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok ||
        type != napi_float32_array || length < least) {
      throw std::out_of_range(std::string(name) + " is not a Float32Array of " + std::to_string(least) +
                              " numbers or more");
    }
    return static_cast<float *>(data);
  }

 private:
  napi_value next(const char *name) {
    if (at >= given) throw std::out_of_range(std::string(name) + " is missing");
    return values[at++];
  }

  double numberOf(const char *name) {
    double number = 0;
    if (napi_get_value_double(env, next(name), &number) != napi_ok) {
      throw std::out_of_range(std::string(name) + " is no number");
    }
    return number;
  }

  napi_env env;
  napi_value values[10];
  size_t given = 10, at = 0;
};

// (n, m, d, threads, temperature, x, y, v, out, sums)
void sumExponentials(Arguments &from) {
  const size_t n = from.count("n"), m = from.count("m"), d = from.count("d"), threads = from.count("threads");
  const float temperature = from.positive("the temperature");
  const float *x = from.numbers("x", n * d), *y = from.numbers("y", m * d), *v = from.numbers("v", m * d);
  float *out = from.numbers("out", n * d), *sums = from.numbers("sums", n);
  exponentialSums({x, n, y, m, v, d, temperature, out, sums}, threads);
}

// (n, k, h, threads, x, w, b, y)
void applyDense(Arguments &from) {
  const size_t n = from.count("n"), k = from.count("k"), h = from.count("h"), threads = from.count("threads");
  const float *x = from.numbers("x", n * k), *w = from.numbers("w", k * h), *b = from.numbers("b", h);
  denseForward({x, n, k, h}, w, b, from.numbers("y", n * h), threads);
}

// (n, k, h, threads, x, d, dW, dB)
void pullDense(Arguments &from) {
  const size_t n = from.count("n"), k = from.count("k"), h = from.count("h"), threads = from.count("threads");
  const float *x = from.numbers("x", n * k), *d = from.numbers("d", n * h);
  float *dW = from.numbers("dW", k * h), *dB = from.numbers("dB", h);
  denseBackward({x, n, k, h}, d, dW, dB, threads);
}

template <void (*kernel)(Arguments &)>
napi_value call(napi_env env, napi_callback_info info) {
  try {
    Arguments from(env, info);
    kernel(from);
  } catch (const std::out_of_range &error) {
    napi_throw_range_error(env, nullptr, (std::string("Cannot run a native kernel: ") + error.what()).c_str());
  } catch (const std::exception &error) {
    napi_throw_error(env, nullptr, (std::string("Cannot run a native kernel: ") + error.what()).c_str());
  }
  return nullptr;
}

napi_value begin(napi_env env, napi_value exports) {
  const auto add = [&](const char *name, napi_callback function) {
    napi_value made;
    if (napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &made) != napi_ok ||
        napi_set_named_property(env, exports, name, made) != napi_ok) {
      napi_throw_error(env, nullptr, "Cannot load the native kernels: Node refuses a function");
    }
  };
  add("exponentialSums", call<sumExponentials>);
  add("denseForward", call<applyDense>);
  add("denseBackward", call<pullDense>);
  return exports;
}

}  // namespace

NAPI_MODULE(reclm_kernels, begin)
