#include <algorithm>
#include <cmath>

#include "calibrate/cpu/cpu_kernel.h"
#include "calibrate/reference/delta_net.h"
#include "calibrate/reference/layer_operators.h"

namespace plimsoll::calibrate::cpu {
namespace {

using reference::allowed_error;

// A vector register of 64 bytes; and a line, so that no two threads write one.
constexpr std::int64_t element_step = 16;

class SwigluKernel : public CpuKernel {
 public:
  SwigluKernel(const Team& team, const KernelCase& kernel_case)
      : CpuKernel(team, kernel_case),
        gate_values_(random_floats(shape("tokens") * shape("width"), "gate")),
        up_values_(random_floats(shape("tokens") * shape("width"), "up")),
        gate_(team, gate_values_, turns_for(static_cast<std::int64_t>(kernel_case.work.bytes)),
              element_step),
        up_(team, up_values_, turns(), element_step),
        out_(team, std::vector<float>(gate_values_.size()), turns(), element_step) {}

 private:
  void launch(int turn) override {
    in_shares(gate_.count(), element_step, [&](Share share, int) {
      team().layer->swiglu(gate_.turn(turn) + share.first, up_.turn(turn) + share.first,
                           out_.turn(turn) + share.first, share.last - share.first);
    });
  }

  KernelCheck compare() override {
    const reference::Expected expected =
        reference::swiglu(as_doubles(gate_values_), as_doubles(up_values_));
    // A negation, an exponential of two units, a sum, a quotient and a product.
    return reference::compare({out_.turn(0), gate_values_.size()}, expected, allowed_error(6));
  }

  std::vector<float> gate_values_;
  std::vector<float> up_values_;
  RotatedFloats gate_;
  RotatedFloats up_;
  RotatedFloats out_;
};

// A token a thread at a time.
class RmsNormKernel : public CpuKernel {
 public:
  RmsNormKernel(const Team& team, const KernelCase& kernel_case)
      : CpuKernel(team, kernel_case),
        width_(shape("width")),
        x_values_(random_floats(shape("tokens") * width_, "norm")),
        weight_(random_floats(width_, "norm weight")),
        x_(team, x_values_, turns_for(static_cast<std::int64_t>(kernel_case.work.bytes)), width_),
        out_(team, std::vector<float>(x_values_.size()), turns(), width_) {}

 private:
  static constexpr float epsilon = 1e-6F;

  void launch(int turn) override {
    in_shares(x_.count(), width_, [&](Share share, int) {
      for (std::int64_t at = share.first; at < share.last; at += width_) {
        const float* x = x_.turn(turn) + at;
        const float mean = team().layer->sum_of_squares(x, width_) / static_cast<float>(width_);
        team().layer->scale_elements(x, weight_.data(), 1.0F / std::sqrt(mean + epsilon),
                                     out_.turn(turn) + at, width_);
      }
    });
  }

  KernelCheck compare() override {
    reference::Expected expected;
    const std::vector<double> weight = as_doubles(weight_);
    for (std::size_t at = 0; at < x_values_.size(); at += weight_.size()) {
      const reference::Expected token = reference::rms_norm(
          as_doubles(std::span(x_values_).subspan(at, weight_.size())), weight, double{epsilon});
      expected.values.insert(expected.values.end(), token.values.begin(), token.values.end());
      expected.magnitudes.insert(expected.magnitudes.end(), token.magnitudes.begin(),
                                 token.magnitudes.end());
    }
    return reference::compare({out_.turn(0), x_values_.size()}, expected, allowed_error(width_));
  }

  std::int64_t width_;
  std::vector<float> x_values_;
  std::vector<float> weight_;
  RotatedFloats x_;
  RotatedFloats out_;
};

// Heads of tokens that follow one another. Angles are computed anew in every launch, once a token,
// as engines do.
class RopeKernel : public CpuKernel {
 public:
  RopeKernel(const Team& team, const KernelCase& kernel_case)
      : CpuKernel(team, kernel_case),
        token_(shape("heads") * head_dim),
        x_values_(random_floats(shape("tokens") * token_, "rope")),
        x_(team, x_values_, turns_for(static_cast<std::int64_t>(kernel_case.work.bytes)), head_dim),
        out_(team, std::vector<float>(x_values_.size()), turns(), head_dim) {}

 private:
  static constexpr std::int64_t head_dim = 128;
  static constexpr std::int64_t first_position = 1000;
  static constexpr double base = 10000.0;

  struct Angles {
    float cosines[head_dim / 2];
    float sines[head_dim / 2];
  };

  // In double: the angle itself must not cost the digits of a large position.
  static Angles angles_at(std::int64_t position) {
    static const double factor = std::pow(base, -2.0 / static_cast<double>(head_dim));
    Angles angles{};
    auto angle = static_cast<double>(position);
    for (std::int64_t i = 0; i < head_dim / 2; ++i) {
      angles.cosines[i] = static_cast<float>(std::cos(angle));
      angles.sines[i] = static_cast<float>(std::sin(angle));
      angle *= factor;
    }
    return angles;
  }

  void launch(int turn) override {
    in_shares(x_.count(), head_dim, [&](Share share, int) {
      Angles angles{};
      for (std::int64_t at = share.first; at < share.last; at += head_dim) {
        if (at == share.first || at % token_ == 0) {
          angles = angles_at(first_position + at / token_);
        }
        const float* x = x_.turn(turn) + at;
        float* out = out_.turn(turn) + at;
        team().layer->rotate(x, x + head_dim / 2, angles.cosines, angles.sines, out,
                             out + head_dim / 2, head_dim / 2);
      }
    });
  }

  KernelCheck compare() override {
    reference::Expected expected;
    const auto token_size = static_cast<std::size_t>(token_);
    for (std::size_t at = 0; at < x_values_.size(); at += token_size) {
      const reference::Expected token =
          reference::rope(as_doubles(std::span(x_values_).subspan(at, token_size)), head_dim,
                          first_position + static_cast<std::int64_t>(at / token_size), base,
                          reference::RopePairs::halves);
      expected.values.insert(expected.values.end(), token.values.begin(), token.values.end());
      expected.magnitudes.insert(expected.magnitudes.end(), token.magnitudes.begin(),
                                 token.magnitudes.end());
    }
    // Cosine or sine, product, sum.
    return reference::compare({out_.turn(0), x_values_.size()}, expected, allowed_error(3));
  }

  std::int64_t token_;
  std::vector<float> x_values_;
  RotatedFloats x_;
  RotatedFloats out_;
};

// Softmax over the experts and the largest of it, weights scaled to sum to 1.
class RouterKernel : public CpuKernel {
 public:
  RouterKernel(const Team& team, const KernelCase& kernel_case)
      : CpuKernel(team, kernel_case),
        experts_(shape("experts")),
        chosen_(shape("chosen")),
        logits_values_(random_floats(shape("tokens") * experts_, "router")),
        logits_(team, logits_values_, turns_for(static_cast<std::int64_t>(kernel_case.work.bytes)),
                experts_),
        indices_(static_cast<std::size_t>(shape("tokens") * chosen_)),
        weights_(indices_.size()),
        scratch_(static_cast<std::size_t>(team.pool->threads() * experts_)) {}

 private:
  void launch(int turn) override {
    in_shares(logits_.count(), experts_, [&](Share share, int thread) {
      for (std::int64_t at = share.first; at < share.last; at += experts_) {
        route(logits_.turn(turn) + at, at / experts_, scratch_.data() + thread * experts_);
      }
    });
  }

  void route(const float* logits, std::int64_t token, float* powers) {
    std::copy_n(logits, experts_, powers);
    team().layer->exponentiate(powers, experts_, team().layer->largest(powers, experts_));
    float* weights = weights_.data() + token * chosen_;
    std::int32_t* indices = indices_.data() + token * chosen_;
    float sum = 0.0F;
    for (std::int64_t i = 0; i < chosen_; ++i) {
      // Few of few: taking the largest so many times beats sorting.
      float* best = std::max_element(powers, powers + experts_);
      weights[i] = *best;
      indices[i] = static_cast<std::int32_t>(best - powers);
      sum += *best;
      *best = -1.0F;
    }
    team().layer->scale(weights, 1.0F / sum, chosen_);
  }

  // As weights of all experts, 0 of those not chosen.
  KernelCheck compare() override {
    reference::Expected expected{.values = std::vector<double>(logits_values_.size()),
                                 .magnitudes = std::vector<double>(logits_values_.size(), 1.0)};
    std::vector<float> got(logits_values_.size());
    const auto experts = static_cast<std::size_t>(experts_);
    const auto chosen = static_cast<std::size_t>(chosen_);
    for (std::size_t at = 0; at < got.size(); at += experts) {
      const std::vector<double> logits = as_doubles(std::span(logits_values_).subspan(at, experts));
      for (const reference::Route& each : reference::route(logits, chosen_, true)) {
        expected.values[at + static_cast<std::size_t>(each.expert)] = each.weight;
      }
      for (std::size_t i = 0; i < chosen; ++i) {
        const std::size_t from = at / experts * chosen + i;
        got[at + static_cast<std::size_t>(indices_[from])] = weights_[from];
      }
    }
    return reference::compare(got, expected, allowed_error(chosen_ + 4));
  }

  std::int64_t experts_;
  std::int64_t chosen_;
  std::vector<float> logits_values_;
  RotatedFloats logits_;
  std::vector<std::int32_t> indices_;
  std::vector<float> weights_;
  std::vector<float> scratch_;
};

class CombineKernel : public CpuKernel {
 public:
  CombineKernel(const Team& team, const KernelCase& kernel_case)
      : CpuKernel(team, kernel_case),
        width_(shape("width")),
        chosen_(shape("chosen")),
        residual_values_(random_floats(shape("tokens") * width_, "residual")),
        output_values_(random_floats(shape("tokens") * width_ * chosen_, "outputs")),
        weights_(random_floats(chosen_, "weights")),
        residual_(team, residual_values_,
                  turns_for(static_cast<std::int64_t>(kernel_case.work.bytes)), element_step),
        outputs_(team, output_values_, turns(), element_step),
        out_(team, std::vector<float>(residual_values_.size()), turns(), element_step) {}

 private:
  // Outputs are [token][expert][width]; a share may begin within a token.
  void launch(int turn) override {
    in_shares(residual_.count(), element_step, [&](Share share, int) {
      for (std::int64_t at = share.first; at < share.last;) {
        const std::int64_t token = at / width_;
        const std::int64_t count = std::min(share.last, (token + 1) * width_) - at;
        team().layer->combine(residual_.turn(turn) + at,
                              outputs_.turn(turn) + token * chosen_ * width_ + at % width_, width_,
                              weights_.data(), chosen_, out_.turn(turn) + at, count);
        at += count;
      }
    });
  }

  KernelCheck compare() override {
    reference::Expected expected;
    const auto width = static_cast<std::size_t>(width_);
    const auto all = static_cast<std::size_t>(chosen_) * width;
    for (std::size_t token = 0; token < residual_values_.size() / width; ++token) {
      const reference::Expected one = reference::combine(
          as_doubles(std::span(residual_values_).subspan(token * width, width)),
          as_doubles(std::span(output_values_).subspan(token * all, all)), as_doubles(weights_));
      expected.values.insert(expected.values.end(), one.values.begin(), one.values.end());
      expected.magnitudes.insert(expected.magnitudes.end(), one.magnitudes.begin(),
                                 one.magnitudes.end());
    }
    return reference::compare({out_.turn(0), residual_values_.size()}, expected,
                              allowed_error(chosen_ + 1));
  }

  std::int64_t width_;
  std::int64_t chosen_;
  std::vector<float> residual_values_;
  std::vector<float> output_values_;
  std::vector<float> weights_;
  RotatedFloats residual_;
  RotatedFloats outputs_;
  RotatedFloats out_;
};

class DeltaNetKernel : public CpuKernel {
 public:
  DeltaNetKernel(const Team& team, const KernelCase& kernel_case)
      : CpuKernel(team, kernel_case),
        heads_{.key_heads = shape("key_heads"),
               .value_heads = shape("value_heads"),
               .key_dim = dim,
               .value_dim = shape("value_dim")},
        query_(random_floats(heads_.key_heads * dim, "delta query")),
        key_(unit_rows(random_floats(heads_.key_heads * dim, "delta key"))),
        value_(random_floats(heads_.value_heads * heads_.value_dim, "delta value")),
        decay_(between(0.9F, 1.0F, "decay")),
        beta_(between(0.0F, 1.0F, "beta")),
        state_values_(random_floats(rows() * dim, "state")),
        state_(team, state_values_, turns_for(static_cast<std::int64_t>(kernel_case.work.bytes)),
               row_step * dim),
        out_(value_.size()) {}

 private:
  static constexpr std::int64_t dim = 128;
  static constexpr std::int64_t row_step = 4;

  std::int64_t rows() const { return heads_.value_heads * heads_.value_dim; }

  // Keys have length 1, as models normalize them: the state stays bounded however often it steps.
  static std::vector<float> unit_rows(std::vector<float> rows) {
    for (std::size_t row = 0; row < rows.size(); row += dim) {
      double squares = 0.0;
      for (std::size_t i = row; i < row + dim; ++i) squares += double{rows[i]} * double{rows[i]};
      for (std::size_t i = row; i < row + dim; ++i) {
        rows[i] = static_cast<float>(rows[i] / std::sqrt(squares));
      }
    }
    return rows;
  }

  std::vector<float> between(float low, float high, const std::string& stream) const {
    std::vector<float> values = random_floats(heads_.value_heads, stream);
    for (float& value : values) value = low + (high - low) * (value + 1.0F) / 2.0F;
    return values;
  }

  void launch(int turn) override {
    in_shares(rows(), row_step, [&](Share share, int) {
      for (std::int64_t row = share.first; row < share.last;) {
        const std::int64_t head = row / heads_.value_dim;
        const std::int64_t last = std::min(share.last, (head + 1) * heads_.value_dim);
        step(head, {row, last}, state_.turn(turn));
        row = last;
      }
    });
  }

  void step(std::int64_t head, Share share, float* state) {
    const std::int64_t key_at = head / (heads_.value_heads / heads_.key_heads) * dim;
    team().layer->delta_rows({.query = query_.data() + key_at,
                              .key = key_.data() + key_at,
                              .value = value_.data() + share.first,
                              .decay = decay_[static_cast<std::size_t>(head)],
                              .beta = beta_[static_cast<std::size_t>(head)],
                              .key_dim = dim,
                              .rows = share.last - share.first,
                              .state = state + share.first * dim,
                              .output = out_.data() + share.first});
  }

  KernelCheck compare() override {
    const std::vector<double> query = as_doubles(query_), key = as_doubles(key_),
                              value = as_doubles(value_), decay = as_doubles(decay_),
                              beta = as_doubles(beta_), state = as_doubles(state_values_);
    const reference::DeltaNetStep expected = reference::delta_net_step(
        heads_,
        {.query = query, .key = key, .value = value, .decay = decay, .beta = beta, .state = state});
    const double allowed = 2.0 * allowed_error(dim);
    KernelCheck output = reference::compare(out_, expected.output, allowed);
    if (!output.right) return output;
    return reference::compare({state_.turn(0), state_values_.size()}, expected.state, allowed);
  }

  reference::DeltaNetShape heads_;
  std::vector<float> query_, key_, value_, decay_, beta_, state_values_;
  RotatedFloats state_;
  std::vector<float> out_;
};

// --- cases ---------------------------------------------------------------------------------------

using Shape = std::map<std::string, std::int64_t>;

// `bytes_of`: read and written by a launch.
CpuFamily layer_family(const std::string& name, std::vector<Shape> quick, std::vector<Shape> more,
                       double (*bytes_of)(const Shape&),
                       std::unique_ptr<Kernel> (*make)(const Team&, const KernelCase&)) {
  const auto cases = [=](Depth depth) {
    std::vector<Shape> shapes = quick;
    if (depth == Depth::full) shapes.insert(shapes.end(), more.begin(), more.end());
    std::vector<KernelCase> made;
    for (const Shape& shape : shapes) {
      made.push_back({.family = name,
                      .format = "f32",
                      .shape = shape,
                      .work = {.bytes = bytes_of(shape), .items = 1.0}});
    }
    return made;
  };
  return {.name = name, .cases = cases, .make = make};
}

double values_of(const Shape& shape, const char* of) {
  return static_cast<double>(shape.at("tokens") * shape.at(of));
}

// `of` values a token, for so many tokens each.
std::vector<Shape> tokens_of(std::initializer_list<std::int64_t> tokens, const Shape& rest) {
  std::vector<Shape> shapes;
  for (const std::int64_t count : tokens) {
    shapes.push_back(rest);
    shapes.back()["tokens"] = count;
  }
  return shapes;
}

std::vector<Shape> sequences_of(std::initializer_list<std::int64_t> counts) {
  std::vector<Shape> shapes;
  // Qwen3-Next has 16 key heads and 32 value heads of 128; more stand for several sequences.
  for (const std::int64_t count : counts) {
    shapes.push_back({{"key_heads", 16 * count}, {"value_heads", 32 * count}, {"value_dim", 128}});
  }
  return shapes;
}

}  // namespace

std::vector<CpuFamily> layer_families() {
  const Shape hidden{{"width", 4096}};
  const Shape feed_forward{{"width", 14336}};
  const Shape experts{{"experts", 128}, {"chosen", 8}};
  const Shape combined{{"width", 4096}, {"chosen", 8}};
  const Shape heads{{"heads", 40}};
  return {
      layer_family(
          "swiglu", tokens_of({1, 128}, feed_forward), tokens_of({8, 32}, feed_forward),
          [](const Shape& s) { return 12.0 * values_of(s, "width"); }, make_kernel<SwigluKernel>),
      layer_family(
          "rms_norm", tokens_of({1, 512}, hidden), tokens_of({8, 64}, hidden),
          [](const Shape& s) {
            return 8.0 * values_of(s, "width") + 4.0 * static_cast<double>(s.at("width"));
          },
          make_kernel<RmsNormKernel>),
      layer_family(
          "rope", tokens_of({1, 512}, heads), tokens_of({8, 64}, heads),
          [](const Shape& s) { return 8.0 * 128.0 * values_of(s, "heads"); },
          make_kernel<RopeKernel>),
      layer_family(
          "router", tokens_of({1, 512}, experts), tokens_of({8, 64}, experts),
          [](const Shape& s) {
            return 4.0 * values_of(s, "experts") + 8.0 * values_of(s, "chosen");
          },
          make_kernel<RouterKernel>),
      layer_family(
          "expert_combine", tokens_of({1, 128}, combined), tokens_of({8, 32}, combined),
          [](const Shape& s) {
            return 4.0 * values_of(s, "width") * (2.0 + static_cast<double>(s.at("chosen")));
          },
          make_kernel<CombineKernel>),
      layer_family(
          "delta_net", sequences_of({1, 16}), sequences_of({4, 32}),
          [](const Shape& s) {
            return 8.0 * 128.0 * static_cast<double>(s.at("value_heads") * s.at("value_dim"));
          },
          make_kernel<DeltaNetKernel>)};
}

}  // namespace plimsoll::calibrate::cpu
