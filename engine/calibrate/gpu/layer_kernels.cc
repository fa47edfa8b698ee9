// The small operators between matrix products. Their operands are those of one token or of a few,
// which an engine has in its caches as well: inputs do not rotate.
#include <algorithm>
#include <array>
#include <cmath>

#include "calibrate/gpu/gpu_families.h"
#include "calibrate/gpu/kernels/shapes.cu.h"
#include "calibrate/reference/activations.h"
#include "calibrate/reference/delta_net.h"
#include "calibrate/reference/floating_point.h"
#include "calibrate/reference/layer_operators.h"
#include "calibrate/reference/weights.h"

namespace plimsoll::calibrate {
namespace {

using reference::Expected;

// exp is within 4 units in the last place (Metal Shading Language Specification, "Numerical
// compliance"; CUDA's and ROCm's tables have 2), that is 8 roundoffs; a few more operations.
constexpr double with_exp = 14.0 * reference::float_roundoff;

std::vector<float> downloaded_halves(GpuDevice& device, const DeviceMemory& memory) {
  return floats_of_halves(
      device.download<std::uint16_t>(memory.address(), memory.bytes() / sizeof(std::uint16_t)));
}

std::vector<float> random_floats(std::int64_t count, std::string_view stream) {
  Rng rng(1, stream);
  return reference::random_values(count, rng);
}

std::vector<double> as_doubles(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}

void append_expected(Expected& all, const Expected& part) {
  all.values.insert(all.values.end(), part.values.begin(), part.values.end());
  all.magnitudes.insert(all.magnitudes.end(), part.magnitudes.begin(), part.magnitudes.end());
}

// f16 values on the host and on the device.
struct HalfOperand {
  HalfOperand(GpuDevice& device, std::int64_t count, std::string_view stream)
      : host(random_halves(count, stream)), memory(device.upload(host.bits)) {}
  HalfValues host;
  DeviceMemory memory;
};

// --- swiglu --------------------------------------------------------------------------------------

class SwigluKernel : public DeviceKernel {
 public:
  SwigluKernel(GpuDevice& gpu, const KernelCase& kernel_case)
      : DeviceKernel(gpu, kernel_case),
        count_(shape("tokens") * shape("width")),
        gate_(gpu, count_, "gate"),
        up_(gpu, count_, "up"),
        out_(gpu, 2 * static_cast<std::size_t>(count_)) {}

 private:
  void enqueue(int) override {
    device().launch("swiglu", {.blocks = blocks_of(count_, 8 * 256), .threads = 256},
                    gate_.memory.address(), up_.memory.address(), out_.address(),
                    static_cast<std::uint32_t>(count_ / 8));
  }
  KernelCheck compare() override {
    Expected expected = reference::swiglu(gate_.host.values, up_.host.values);
    store_as_f16(expected);
    return reference::compare(downloaded_halves(device(), out_), expected,
                              allowed_as_f16(with_exp));
  }

  std::int64_t count_;
  HalfOperand gate_;
  HalfOperand up_;
  DeviceMemory out_;
};

// --- rms_norm ------------------------------------------------------------------------------------

class RmsNormKernel : public DeviceKernel {
 public:
  RmsNormKernel(GpuDevice& gpu, const KernelCase& kernel_case)
      : DeviceKernel(gpu, kernel_case),
        tokens_(shape("tokens")),
        width_(shape("width")),
        x_(gpu, tokens_ * width_, "x"),
        weight_(gpu, width_, "weight"),
        out_(gpu, 2 * static_cast<std::size_t>(tokens_ * width_)) {}

 private:
  static constexpr float epsilon = 1e-5F;

  void enqueue(int) override {
    device().launch("rms_norm", {.blocks = static_cast<unsigned>(tokens_), .threads = 256},
                    x_.memory.address(), weight_.memory.address(), epsilon, out_.address(),
                    static_cast<std::uint32_t>(width_ / 8));
  }
  KernelCheck compare() override {
    Expected expected;
    const std::span<const double> x = x_.host.values;
    const auto width = static_cast<std::size_t>(width_);
    for (std::size_t at = 0; at < x.size(); at += width)
      append_expected(expected,
                      reference::rms_norm(x.subspan(at, width), weight_.host.values, epsilon));
    store_as_f16(expected);
    return reference::compare(downloaded_halves(device(), out_), expected,
                              allowed_as_f16(reference::allowed_error(width_)));
  }

  std::int64_t tokens_;
  std::int64_t width_;
  HalfOperand x_;
  HalfOperand weight_;
  DeviceMemory out_;
};

// --- rope ----------------------------------------------------------------------------------------

class RopeKernel : public DeviceKernel {
 public:
  RopeKernel(GpuDevice& gpu, const KernelCase& kernel_case)
      : DeviceKernel(gpu, kernel_case),
        heads_(shape("heads")),
        x_(gpu, heads_ * dim, "x"),
        turns_(gpu.upload(table())),
        out_(gpu, 2 * static_cast<std::size_t>(heads_ * dim)) {}

 private:
  static constexpr std::int64_t dim = 128;
  static constexpr std::int64_t position = 4711;
  static constexpr double base = 500000.0;

  // Engines keep cosine and sine of every position in a table, too.
  static std::vector<float> table() {
    std::vector<float> turns;
    for (std::int64_t i = 0; i < dim / 2; ++i) {
      const double angle = static_cast<double>(position) *
                           std::pow(base, -2.0 * static_cast<double>(i) / static_cast<double>(dim));
      turns.push_back(static_cast<float>(std::cos(angle)));
      turns.push_back(static_cast<float>(std::sin(angle)));
    }
    return turns;
  }
  void enqueue(int) override {
    device().launch("rope", {.blocks = blocks_of(heads_ * dim / 4, 256), .threads = 256},
                    x_.memory.address(), turns_.address(), out_.address(),
                    static_cast<std::uint32_t>(heads_), static_cast<std::uint32_t>(dim));
  }
  KernelCheck compare() override {
    Expected expected =
        reference::rope(x_.host.values, dim, position, base, reference::RopePairs::halves);
    store_as_f16(expected);
    return reference::compare(downloaded_halves(device(), out_), expected,
                              allowed_as_f16(4.0 * reference::float_roundoff));
  }

  std::int64_t heads_;
  HalfOperand x_;
  DeviceMemory turns_;
  DeviceMemory out_;
};

// --- router --------------------------------------------------------------------------------------

class RouterKernel : public DeviceKernel {
 public:
  RouterKernel(GpuDevice& gpu, const KernelCase& kernel_case)
      : DeviceKernel(gpu, kernel_case),
        tokens_(shape("tokens")),
        experts_(shape("experts")),
        chosen_(shape("chosen")),
        logits_(random_floats(tokens_ * experts_, "logits")),
        logits_memory_(gpu.upload(logits_)),
        choice_(gpu, 4 * static_cast<std::size_t>(tokens_ * chosen_)),
        weights_(gpu, 4 * static_cast<std::size_t>(tokens_ * chosen_)) {}

 private:
  void enqueue(int) override {
    device().launch("route", {.blocks = blocks_of(tokens_, ROUTED_TOKENS), .threads = 128},
                    logits_memory_.address(), choice_.address(), weights_.address(),
                    static_cast<std::uint32_t>(tokens_), static_cast<std::uint32_t>(experts_),
                    static_cast<std::uint32_t>(chosen_));
  }
  KernelCheck compare() override {
    const auto count = static_cast<std::size_t>(tokens_ * chosen_);
    const auto choice = device().download<std::uint32_t>(choice_.address(), count);
    const auto weights = device().download<float>(weights_.address(), count);
    const std::vector<double> logits = as_doubles(logits_);
    Expected expected;
    for (std::int64_t token = 0; token < tokens_; ++token) {
      const auto begin = static_cast<std::size_t>(token * experts_);
      const auto routes = reference::route(
          std::span(logits).subspan(begin, static_cast<std::size_t>(experts_)), chosen_, true);
      for (const reference::Route& each : routes) {
        const std::size_t at = expected.values.size();
        if (choice[at] != static_cast<std::uint32_t>(each.expert))
          return {.worst_error = 1.0,
                  .why = "token " + std::to_string(token) + ": expected expert " +
                         std::to_string(each.expert) + ", got " + std::to_string(choice[at])};
        expected.values.push_back(each.weight);
        expected.magnitudes.push_back(each.weight);
      }
    }
    return reference::compare(weights, expected, with_exp + reference::allowed_error(chosen_));
  }

  std::int64_t tokens_;
  std::int64_t experts_;
  std::int64_t chosen_;
  std::vector<float> logits_;
  DeviceMemory logits_memory_;
  DeviceMemory choice_;
  DeviceMemory weights_;
};

// --- expert_combine ------------------------------------------------------------------------------

class CombineKernel : public DeviceKernel {
 public:
  CombineKernel(GpuDevice& gpu, const KernelCase& kernel_case)
      : DeviceKernel(gpu, kernel_case),
        tokens_(shape("tokens")),
        width_(shape("width")),
        chosen_(shape("chosen")),
        residual_(gpu, tokens_ * width_, "residual"),
        outputs_(gpu, tokens_ * chosen_ * width_, "outputs"),
        weights_(random_floats(tokens_ * chosen_, "weights")),
        weights_memory_(gpu.upload(weights_)),
        out_(gpu, 2 * static_cast<std::size_t>(tokens_ * width_)) {}

 private:
  void enqueue(int) override {
    device().launch("combine",
                    {.blocks = blocks_of(width_, 8 * 256),
                     .blocks_y = static_cast<unsigned>(tokens_),
                     .threads = 256},
                    residual_.memory.address(), outputs_.memory.address(),
                    weights_memory_.address(), out_.address(),
                    static_cast<std::uint32_t>(width_ / 8), static_cast<std::uint32_t>(chosen_));
  }
  KernelCheck compare() override {
    const auto width = static_cast<std::size_t>(width_);
    const auto chosen = static_cast<std::size_t>(chosen_);
    const std::vector<double> weights = as_doubles(weights_);
    Expected expected;
    for (std::size_t token = 0; token < static_cast<std::size_t>(tokens_); ++token) {
      append_expected(
          expected,
          reference::combine(
              std::span(residual_.host.values).subspan(token * width, width),
              std::span(outputs_.host.values).subspan(token * chosen * width, chosen * width),
              std::span(weights).subspan(token * chosen, chosen)));
    }
    store_as_f16(expected);
    return reference::compare(downloaded_halves(device(), out_), expected,
                              allowed_as_f16(reference::allowed_error(chosen_ + 1)));
  }

  std::int64_t tokens_;
  std::int64_t width_;
  std::int64_t chosen_;
  HalfOperand residual_;
  HalfOperand outputs_;
  std::vector<float> weights_;
  DeviceMemory weights_memory_;
  DeviceMemory out_;
};

// --- quantize_activations ------------------------------------------------------------------------

class QuantizeKernel : public DeviceKernel {
 public:
  QuantizeKernel(GpuDevice& gpu, const KernelCase& kernel_case)
      : DeviceKernel(gpu, kernel_case),
        count_(shape("tokens") * shape("width")),
        x_(random_floats(count_, "x")),
        x_memory_(gpu.upload(x_)),
        codes_(gpu, static_cast<std::size_t>(count_)),
        scales_(gpu, static_cast<std::size_t>(count_ / 32) * 4) {}

 private:
  void enqueue(int) override {
    device().launch("quantize_activations", {.blocks = blocks_of(count_, 256), .threads = 256},
                    x_memory_.address(), codes_.address(), scales_.address(),
                    static_cast<std::uint32_t>(count_));
  }
  // Scales to one unit of f16; codes to one step, as a quotient that a device rounds otherwise can
  // fall to the other side of a half.
  KernelCheck compare() override {
    const auto count = static_cast<std::size_t>(count_);
    const auto codes = device().download<std::int8_t>(codes_.address(), count);
    const auto scales = device().download<float>(scales_.address(), count / 32);
    const auto right = reference::quantize_activations(reference::ActivationFormat::q8_0, x_);
    std::vector<float> got;
    Expected expected;
    for (std::size_t i = 0; i < count; ++i) {
      got.push_back(scales[i / 32] * static_cast<float>(codes[i]));
      const double scale = right.scales[i / 32];
      expected.values.push_back(scale * right.codes[i]);
      expected.magnitudes.push_back(scale);
    }
    return reference::compare(got, expected, 1.0 + 127.0 * 2.0 * reference::f16_roundoff);
  }

  std::int64_t count_;
  std::vector<float> x_;
  DeviceMemory x_memory_;
  DeviceMemory codes_;
  DeviceMemory scales_;
};

// --- delta_net -----------------------------------------------------------------------------------

class DeltaNetKernel : public DeviceKernel {
 public:
  DeltaNetKernel(GpuDevice& gpu, const KernelCase& kernel_case)
      : DeviceKernel(gpu, kernel_case),
        heads_{.key_heads = shape("key_heads"),
               .value_heads = shape("value_heads"),
               .key_dim = 128,
               .value_dim = shape("value_dim")},
        query_(random_floats(heads_.key_heads * 128, "query")),
        key_(unit_rows(random_floats(heads_.key_heads * 128, "key"))),
        value_(random_floats(heads_.value_heads * heads_.value_dim, "value")),
        decay_(between(0.9F, 1.0F, "decay")),
        beta_(between(0.0F, 1.0F, "beta")),
        state_(random_floats(heads_.value_heads * heads_.value_dim * 128, "state")),
        operands_{gpu.upload(query_), gpu.upload(key_),  gpu.upload(value_),
                  gpu.upload(decay_), gpu.upload(beta_), gpu.upload(state_)},
        out_(gpu, 4 * value_.size()) {}

 private:
  // Keys have length 1, as models normalize them: the state stays bounded however often it steps.
  static std::vector<float> unit_rows(std::vector<float> rows) {
    for (std::size_t row = 0; row < rows.size(); row += 128) {
      double squares = 0.0;
      for (std::size_t i = row; i < row + 128; ++i) squares += double{rows[i]} * double{rows[i]};
      for (std::size_t i = row; i < row + 128; ++i)
        rows[i] = static_cast<float>(rows[i] / std::sqrt(squares));
    }
    return rows;
  }
  std::vector<float> between(float low, float high, std::string_view stream) const {
    std::vector<float> values = random_floats(heads_.value_heads, stream);
    for (float& value : values) value = low + (high - low) * (value + 1.0F) / 2.0F;
    return values;
  }
  void enqueue(int) override {
    const std::int64_t rows = heads_.value_heads * heads_.value_dim;
    device().launch("delta_net_step", {.blocks = blocks_of(rows, STATE_ROWS), .threads = 128},
                    operands_[0].address(), operands_[1].address(), operands_[2].address(),
                    operands_[3].address(), operands_[4].address(), operands_[5].address(),
                    out_.address(), static_cast<std::uint32_t>(heads_.value_dim),
                    static_cast<std::uint32_t>(heads_.value_heads / heads_.key_heads));
  }
  KernelCheck compare() override {
    const std::vector<double> query = as_doubles(query_), key = as_doubles(key_),
                              value = as_doubles(value_), decay = as_doubles(decay_),
                              beta = as_doubles(beta_), state = as_doubles(state_);
    const reference::DeltaNetStep step = reference::delta_net_step(
        heads_,
        {.query = query, .key = key, .value = value, .decay = decay, .beta = beta, .state = state});
    const double allowed = 4.0 * reference::allowed_error(128);
    const auto out = device().download<float>(out_.address(), value_.size());
    KernelCheck output = reference::compare(out, step.output, allowed);
    if (!output.right) return output;
    const auto after = device().download<float>(operands_[5].address(), state_.size());
    return reference::compare(after, step.state, allowed);
  }

  reference::DeltaNetShape heads_;
  std::vector<float> query_, key_, value_, decay_, beta_, state_;
  std::array<DeviceMemory, 6> operands_;
  DeviceMemory out_;
};

// --- cases ---------------------------------------------------------------------------------------

using Shape = std::map<std::string, std::int64_t>;

// `bytes_of`: read and written by a launch.
GpuFamily layer_family(const std::string& name, const std::string& format,
                       const std::vector<Shape>& quick, const std::vector<Shape>& more,
                       double (*bytes_of)(const Shape&),
                       std::unique_ptr<Kernel> (*make)(GpuDevice&, const KernelCase&)) {
  const auto cases = [=](const DeviceLimits&, Depth depth) {
    std::vector<Shape> shapes = quick;
    if (depth == Depth::full) shapes.insert(shapes.end(), more.begin(), more.end());
    std::vector<KernelCase> made;
    for (const Shape& shape : shapes)
      made.push_back({.family = name,
                      .format = format,
                      .shape = shape,
                      .work = {.bytes = bytes_of(shape), .items = 1.0}});
    return made;
  };
  return {.name = name, .cases = cases, .make = make};
}

double values_of(const Shape& shape, const char* of) {
  return static_cast<double>(shape.at("tokens") * shape.at(of));
}

std::vector<Shape> widths(const std::vector<std::int64_t>& tokens,
                          const std::vector<std::int64_t>& widths) {
  std::vector<Shape> shapes;
  for (const std::int64_t count : tokens)
    for (const std::int64_t width : widths) shapes.push_back({{"tokens", count}, {"width", width}});
  return shapes;
}

}  // namespace

std::vector<GpuFamily> layer_families() {
  std::vector<GpuFamily> families;
  families.push_back(layer_family(
      "swiglu", "f16", widths({1, 512}, {14336}), widths({8, 64, 2048}, {14336, 28672}),
      [](const Shape& s) { return 6.0 * values_of(s, "width"); }, make_kernel<SwigluKernel>));
  families.push_back(layer_family(
      "rms_norm", "f16", widths({1, 512}, {4096}), widths({8, 64, 2048}, {4096, 8192}),
      [](const Shape& s) {
        return 4.0 * values_of(s, "width") + 2.0 * static_cast<double>(s.at("width"));
      },
      make_kernel<RmsNormKernel>));
  families.push_back(layer_family(
      "rope", "f16", {{{"heads", 40}}, {{"heads", 20480}}}, {{{"heads", 320}}, {{"heads", 81920}}},
      [](const Shape& s) { return 4.0 * 128.0 * static_cast<double>(s.at("heads")); },
      make_kernel<RopeKernel>));
  const auto routed = [](std::int64_t tokens, std::int64_t experts) {
    return Shape{{"tokens", tokens}, {"experts", experts}, {"chosen", 8}};
  };
  families.push_back(layer_family(
      "router", "f32", {routed(1, 128), routed(512, 128)},
      {routed(64, 128), routed(1, 256), routed(512, 256), routed(2048, 256), routed(512, 512)},
      [](const Shape& s) { return 4.0 * values_of(s, "experts") + 8.0 * values_of(s, "chosen"); },
      make_kernel<RouterKernel>));
  const auto combined = [](std::int64_t tokens, std::int64_t width) {
    return Shape{{"tokens", tokens}, {"width", width}, {"chosen", 8}};
  };
  families.push_back(layer_family(
      "expert_combine", "f16", {combined(1, 4096), combined(512, 4096)},
      {combined(8, 2048), combined(64, 4096), combined(2048, 4096)},
      [](const Shape& s) {
        return values_of(s, "width") * (4.0 + 2.0 * static_cast<double>(s.at("chosen")));
      },
      make_kernel<CombineKernel>));
  families.push_back(layer_family(
      "quantize_activations", "q8_0", widths({1, 512}, {4096}), widths({8, 64, 2048}, {4096}),
      [](const Shape& s) { return (4.0 + 1.0 + 4.0 / 32.0) * values_of(s, "width"); },
      make_kernel<QuantizeKernel>));
  // Qwen3-Next has 16 key heads and 32 value heads of 128; more of them stand for several
  // sequences.
  const auto heads = [](std::int64_t sequences) {
    return Shape{
        {"key_heads", 16 * sequences}, {"value_heads", 32 * sequences}, {"value_dim", 128}};
  };
  families.push_back(layer_family(
      "delta_net", "f32", {heads(1), heads(64)}, {heads(8), heads(256)},
      [](const Shape& s) {
        return 8.0 * 128.0 * static_cast<double>(s.at("value_heads") * s.at("value_dim"));
      },
      make_kernel<DeltaNetKernel>));
  return families;
}

}  // namespace plimsoll::calibrate
