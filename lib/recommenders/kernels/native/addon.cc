// For Node: exponentialSums(x, n, y, m, v, d, temperature, out, sums, threads), whose arrays may lie in shared memory.
#include <node_api.h>

#include <exception>
#include <string>

#include "exponentialSums.h"

namespace {

/** The numbers of an argument that must be a Float32Array of at least `least` numbers; none, with an exception thrown. */
float *numbersOf(napi_env env, napi_value value, const char *name, size_t least) {
  bool isArray = false;
  napi_typedarray_type type{};
  size_t length = 0;
  void *data = nullptr;
  if (napi_is_typedarray(env, value, &isArray) == napi_ok && isArray &&
      napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) == napi_ok &&
      type == napi_float32_array && length >= least) {
    return static_cast<float *>(data);
  }
  const auto reason = std::string("Cannot sum exponentials: ") + name + " is not a Float32Array of " +
                      std::to_string(least) + " numbers or more";
  napi_throw_range_error(env, nullptr, reason.c_str());
  return nullptr;
}

bool countOf(napi_env env, napi_value value, const char *name, size_t *count) {
  double number = -1;
  if (napi_get_value_double(env, value, &number) == napi_ok && number >= 1 && number <= 4e9) {
    *count = static_cast<size_t>(number);
    return true;
  }
  const auto reason = std::string("Cannot sum exponentials: ") + name + " is not a count of 1 or more";
  napi_throw_range_error(env, nullptr, reason.c_str());
  return false;
}

napi_value sumExponentials(napi_env env, napi_callback_info info) {
  size_t given = 10;
  napi_value args[10];
  if (napi_get_cb_info(env, info, &given, args, nullptr, nullptr) != napi_ok) return nullptr;
  size_t n, m, d, threads;
  if (!countOf(env, args[1], "n", &n) || !countOf(env, args[3], "m", &m) || !countOf(env, args[5], "d", &d) ||
      !countOf(env, args[9], "threads", &threads)) {
    return nullptr;
  }
  double temperature = 0;
  if (napi_get_value_double(env, args[6], &temperature) != napi_ok || !(temperature > 0)) {
    napi_throw_range_error(env, nullptr, "Cannot sum exponentials: the temperature is not above 0");
    return nullptr;
  }
  const float *x = numbersOf(env, args[0], "x", n * d);
  const float *y = x ? numbersOf(env, args[2], "y", m * d) : nullptr;
  const float *v = y ? numbersOf(env, args[4], "v", m * d) : nullptr;
  float *out = v ? numbersOf(env, args[7], "out", n * d) : nullptr;
  float *sums = out ? numbersOf(env, args[8], "sums", n) : nullptr;
  if (!sums) return nullptr;
  try {
    exponentialSums({x, n, y, m, v, d, static_cast<float>(temperature), out, sums}, threads);
  } catch (const std::exception &error) {
    const auto reason = std::string("Cannot sum exponentials: ") + error.what();
    napi_throw_error(env, nullptr, reason.c_str());
  }
  return nullptr;
}

napi_value begin(napi_env env, napi_value exports) {
  napi_value sums;
  if (napi_create_function(env, "exponentialSums", NAPI_AUTO_LENGTH, sumExponentials, nullptr, &sums) != napi_ok ||
      napi_set_named_property(env, exports, "exponentialSums", sums) != napi_ok) {
    napi_throw_error(env, nullptr, "Cannot load the exponential sums: Node refuses the function");
  }
  return exports;
}

}  // namespace

NAPI_MODULE(reclm_exponentials, begin)
