// Layers that tokens skip or leave before, and neurons that are left out, against closed forms.
#include "lowering/layer_use.h"

#include <cmath>
#include <string>
#include <vector>

#include "footprint/shipped.h"
#include "lowering/operators.h"
#include "placement/placed.h"

namespace plimsoll {
namespace {

TEST_CASE("where tokens leave keeps the mean, and is even at one half", "[lowering][savings]") {
  for (const double mean : {0.05, 0.2, 0.5, 0.7, 0.95, 0.99, 1.0}) {
    INFO(mean);
    CHECK(share_before_exit(mean, 0.0, 1.0) == Approx(mean).epsilon(1e-9));
    constexpr int layers = 40;
    double sum = 0.0;
    double before = 1.0;
    for (int layer = 0; layer < layers; ++layer) {
      const double share = share_before_exit(mean, layer / 40.0, (layer + 1) / 40.0);
      CHECK(share <= before + 1e-12);
      CHECK(share >= 0.0);
      before = share;
      sum += share;
    }
    CHECK(sum / layers == Approx(mean).epsilon(1e-9));
  }
  // Even on [0, 1]: P(exit > x) = 1 - x.
  CHECK(share_before_exit(0.5, 0.2, 0.3) == Approx(0.75));
  // Of maximum entropy with mean 1 / (1 - e^-1) - 1 the density is e^x / (e - 1).
  const double mean = 1.0 / (1.0 - std::exp(-1.0)) - 1.0;
  const double e = std::exp(1.0);
  CHECK(share_before_exit(mean, 0.0, 0.5) ==
        Approx((0.5 * e - (std::exp(0.5) - 1.0)) / (e - 1.0) / 0.5));
}

TEST_CASE("a layer runs when any token does", "[lowering][savings]") {
  SavingsSetup savings;
  savings.depths = {.skip = {0.75, 0.75, 0.75}, .layers = 0.5};
  const LayerUse one = layer_use(savings, 1, 32, 1.0, true);
  CHECK(one.runs == Approx(0.25));
  CHECK(one.share == Approx(1.0));  // of one token, when it runs at all
  CHECK(one.cached == 0.25);
  const LayerUse four = layer_use(savings, 1, 32, 4.0, true);
  CHECK(four.runs == Approx(1.0 - std::pow(0.75, 4)));
  CHECK(four.runs * four.share == Approx(0.25));  // the mean number of tokens is kept
  CHECK(layer_use(savings, 0, 32, 4.0, true).runs == 1.0);
  CHECK(layer_use({}, 1, 32, 4.0, true).runs == 1.0);

  SavingsSetup leaving;
  leaving.early_exit = {.layers = {0.5, 0.5, 0.5}};
  CHECK(layer_use(leaving, 0, 2, 1.0, true).runs == Approx(0.75));
  CHECK(layer_use(leaving, 1, 2, 1.0, true).runs == Approx(0.25));
  CHECK(layer_use(leaving, 1, 2, 1.0, false).runs == 1.0);  // a prompt runs all layers
}

TEST_CASE("half of the layers are every second one", "[lowering][savings]") {
  const DepthSetup half{.skip = {}, .layers = 0.5};
  const DepthSetup all{.skip = {}, .layers = 1.0};
  const DepthSetup none{.skip = {}, .layers = 0.0};
  int routed = 0;
  for (int layer = 0; layer < 32; ++layer) {
    CHECK(routes_tokens(half, layer) == (layer % 2 == 1));
    CHECK(routes_tokens(all, layer));
    CHECK_FALSE(routes_tokens(none, layer));
    routed += routes_tokens({.skip = {}, .layers = 0.3}, layer) ? 1 : 0;
  }
  CHECK(routed == 9);  // floor(32 * 0.3)
}

// One pass of Llama-2-7B at 16 bits on one GPU.
struct SavedPass {
  explicit SavedPass(const std::vector<std::string>& overrides, int batch = 1)
      : placed(spec_of({{"model", "llama-2-7b"},
                        {"quantization", "f16"},
                        {"system", "h100-sxm5-80gb-box"},
                        {"engine", "llama.cpp"},
                        {"placement", "single"}},
                       overrides),
               shipped_catalog()),
        candidates(placed.candidates()),
        graph(Lowering({.scenario = &placed.scenario,
                        .fabric = &placed.fabric,
                        .placement = &candidates.front(),
                        .footprint = &placed.footprint})
                  .lower({.tokens = 1, .past = 1000, .sequences = batch})) {}

  double bytes(OperatorClass cls, OperatorKind kind = OperatorKind::matrix) const {
    double sum = 0.0;
    for (const Operator& op : graph.operators)
      if (op.cls == cls && op.kind == kind) sum += op.memory.base();
    return sum;
  }
  double launches() const {
    double sum = 0.0;
    for (const Operator& op : graph.operators) sum += op.launches;
    return sum;
  }

  Placed placed;
  std::vector<Placement> candidates;
  OperatorGraph graph;
};

TEST_CASE("skipped layers take their share of all work away", "[lowering][savings]") {
  const SavedPass plain({});
  const SavedPass half({"savings.mixture_of_depths={skip: 0.75, layers: 1}"});
  const SavedPass every_second({"savings.mixture_of_depths={skip: 0.75, layers: 0.5}"});
  for (const OperatorClass cls : {OperatorClass::dense_ffn, OperatorClass::attention_projection}) {
    CHECK(half.bytes(cls) == Approx(0.25 * plain.bytes(cls)));
    CHECK(every_second.bytes(cls) == Approx(0.625 * plain.bytes(cls)));
  }
  // The cache holds a quarter of the tokens, and a quarter of the tokens asks for them.
  CHECK(half.bytes(OperatorClass::attention, OperatorKind::attention) ==
        Approx(0.25 * 0.25 * plain.bytes(OperatorClass::attention, OperatorKind::attention)));
  CHECK(half.bytes(OperatorClass::output_head) == plain.bytes(OperatorClass::output_head));
  CHECK(half.launches() < plain.launches());
}

TEST_CASE("weights of a batch are read when any of it needs them", "[lowering][savings]") {
  const SavedPass plain({}, 8);
  const SavedPass routed({"savings.mixture_of_depths={skip: 0.75, layers: 1}"}, 8);
  // Activations are a quarter, weights 1 - 0.75^8.
  const double width = 11008.0;
  const double hidden = 4096.0;
  const double activations = 32 * 8 * 3 * (hidden + width) * 4.0;
  const double weights = 32 * 3 * hidden * width * 2.0;
  CHECK(plain.bytes(OperatorClass::dense_ffn) == Approx(weights + activations).epsilon(1e-2));
  CHECK(routed.bytes(OperatorClass::dense_ffn) ==
        Approx((1.0 - std::pow(0.75, 8)) * weights + 0.25 * activations).epsilon(1e-2));
}

TEST_CASE("tokens that leave early still fill the caches of the layers above",
          "[lowering][savings]") {
  const SavedPass plain({});
  const SavedPass leaving({"savings.early_exit.layers=0.5"});
  CHECK(leaving.bytes(OperatorClass::dense_ffn) ==
        Approx(0.5 * plain.bytes(OperatorClass::dense_ffn)));
  // Of q, k, v and output alike, all of k and v but half of the others; k and v together read their
  // input once.
  CHECK(leaving.bytes(OperatorClass::attention_projection) ==
        Approx(0.75 * plain.bytes(OperatorClass::attention_projection)).epsilon(1e-3));
}

TEST_CASE("neurons that any token of the batch needs are read", "[lowering][savings]") {
  CHECK(distinct_neurons(0.1, 1.0) == Approx(0.1));
  CHECK(distinct_neurons(0.1, 2.0) == Approx(0.19));
  CHECK(distinct_neurons(1.0, 1.0) == 1.0);
  const double weights = 32 * 3 * 4096.0 * 11008.0 * 2.0;
  const double predictors = 32 * 1024.0 * (4096.0 + 11008.0) * 2.0;
  for (const int batch : {1, 4}) {
    const SavedPass pruned({"savings.pruning={active: 0.1, predictor_rank: 1024}"}, batch);
    const SavedPass unnamed({"savings.pruning={active: 0.1, predictor_rank: 0}"}, batch);
    const double read = (1.0 - std::pow(0.9, batch)) * weights;
    CHECK(unnamed.bytes(OperatorClass::dense_ffn) == Approx(read).epsilon(2e-2));
    CHECK(pruned.bytes(OperatorClass::dense_ffn) - unnamed.bytes(OperatorClass::dense_ffn) ==
          Approx(predictors).epsilon(2e-2));
    CHECK(pruned.bytes(OperatorClass::attention_projection) ==
          unnamed.bytes(OperatorClass::attention_projection));
  }
}

}  // namespace
}  // namespace plimsoll
