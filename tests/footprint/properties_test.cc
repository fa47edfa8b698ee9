// Properties over random architectures.
#include "footprint/shipped.h"
// after Catch2
#include <rapidcheck/catch.h>

namespace plimsoll {
namespace {

int between(int low, int high) {
  return *rc::gen::inRange(low, high + 1);
}

// Widths are multiples of 256, so that no row falls back.
ModelSpec random_model() {
  ModelSpec model;
  model.hidden = 256 * between(1, 32);
  model.vocab = between(1000, 200000);
  model.tied_embeddings = between(0, 1) == 1;
  model.ffn_width = 256 * between(1, 64);
  model.attention.kv_heads = between(1, 8);
  model.attention.heads = model.attention.kv_heads * between(1, 8);
  model.attention.head_dim = 256;
  if (between(0, 1) == 1) {
    MoeSpec moe;
    moe.experts = between(2, 64);
    moe.experts_per_token = between(1, moe.experts);
    moe.expert_width = 256 * between(1, 16);
    moe.shared_width = 256 * between(0, 2);
    model.moe = moe;
  }
  const int dense_layers = model.moe ? between(0, 3) : between(1, 100);
  model.layers.assign(static_cast<std::size_t>(dense_layers), {});
  if (model.moe) {
    const LayerSpec layer{LayerAttention::full, LayerFfn::moe};
    model.layers.insert(model.layers.end(), static_cast<std::size_t>(between(1, 60)), layer);
  }
  return model;
}

// Written down by hand: weights and norms of a transformer without biases.
std::int64_t closed_count(const ModelSpec& model) {
  const std::int64_t h = model.hidden;
  const std::int64_t q = std::int64_t{model.attention.heads} * model.attention.head_dim;
  const std::int64_t kv = std::int64_t{model.attention.kv_heads} * model.attention.head_dim;
  std::int64_t count = h * model.vocab * (model.tied_embeddings ? 1 : 2) + h;
  for (const LayerSpec& layer : model.layers) {
    count += 2 * h * q + 2 * h * kv + 2 * h;
    if (layer.ffn == LayerFfn::dense) {
      count += 3 * h * model.ffn_width;
    } else {
      count += h * model.moe->experts + 3 * h * model.moe->expert_width * model.moe->experts +
               3 * h * model.moe->shared_width;
    }
  }
  return count;
}

}  // namespace

TEST_CASE("random models have the parameters of the closed formula") {
  rc::prop("count", [] {
    const ModelSpec model = random_model();
    RC_ASSERT(count_parameters(enumerate_tensors(model)) == closed_count(model));
  });
}

TEST_CASE("16-bit bytes are two a weight, four for vectors and router") {
  rc::prop("bytes", [] {
    const ModelSpec model = random_model();
    std::int64_t small = 0;
    for (const Tensor& tensor : enumerate_tensors(model)) {
      const bool vector = tensor.cls == TensorClass::norm || tensor.cls == TensorClass::router;
      small += vector ? tensor.elements() : 0;
    }
    const double expected = static_cast<double>(2 * closed_count(model) + 2 * small);
    RC_ASSERT(checkpoint_bytes(model, "bf16") == expected);
  });
}

TEST_CASE("one more layer never makes a checkpoint or a cache smaller") {
  // A theorem for recipes without layer selectors only: with them, one layer more can shift the
  // promoted ones.
  rc::prop("layers", [] {
    const ModelSpec model = random_model();
    ModelSpec deeper = model;
    deeper.layers.push_back(model.layers.back());
    for (const char* recipe : {"bf16", "q8_0", "q6_k", "q5_k_s", "mlx-4bit", "gptq-int4"}) {
      RC_ASSERT(checkpoint_bytes(deeper, recipe) > checkpoint_bytes(model, recipe));
    }
  });
}

TEST_CASE("fewer bits never take more bytes") {
  // Each recipe's format is, tensor by tensor, no wider than that of the one before.
  rc::prop("bits", [] {
    const ModelSpec model = random_model();
    double previous = checkpoint_bytes(model, "f16");
    for (const char* recipe : {"q8_0", "q6_k", "q5_k_s", "q4_k_s", "q3_k_s"}) {
      const double bytes = checkpoint_bytes(model, recipe);
      RC_ASSERT(bytes <= previous);
      previous = bytes;
    }
  });
}

TEST_CASE("cache bytes are proportional to context in whole granules and to sequences") {
  rc::prop("cache", [] {
    const ModelSpec model = random_model();
    CacheOptions one;
    one.context = 256 * between(1, 64);
    one.format = &shipped_format("Q8_0");
    CacheOptions many = one;
    many.context *= 3;
    many.sequences = 5;
    RC_ASSERT(cache_bytes(model, 0, many).base() == 15 * cache_bytes(model, 0, one).base());
  });
}

}  // namespace plimsoll
