// No bound is ever too strict: what it says cannot be had is never had in simulation.

#include "plan/bounds.h"

#include <algorithm>

#include "evaluate/evaluate.h"
#include "lowering/operators.h"
#include "plan/space.h"
#include "support/catch.h"
#include "support/fewer_cases.h"

namespace plimsoll {
namespace {

constexpr double rounding = 1.0 + 1e-9;

std::vector<DataFolders> shipped() {
  return {find_data_folders({}, PLIMSOLL_SOURCE_DIR)};
}

struct Sample {
  std::int64_t seen = 0;
  std::int64_t evaluated = 0;
  std::int64_t tight = 0;  // bound at most thrice what is simulated
};

// Every `stride`-th candidate of the whole catalogue, bounds against simulation.
Sample check_bounds(const std::vector<std::pair<std::string, std::string>>& asked,
                    std::int64_t stride, std::int64_t offset) {
  Catalog catalog(shipped());
  const Space space(requirement_from_options(asked), catalog, {.threads = 1, .most_machines = 4});
  PlanCounts counts;
  // No limit but memory, so that all bounds are at hand.
  std::vector<Site> sites = space.sites({}, counts);
  Sample sample;
  std::int64_t index = offset;
  for (const Site& site : sites)
    for (const Candidate& candidate : site.candidates) {
      ++sample.seen;
      if (++index % stride != 0) continue;
      const Space::Question question = space.question(site, candidate);
      const Outcome outcome = evaluate(scenario_from_options(question.options, question.overrides),
                                       catalog, {.changes = false})
                                  .outcome;
      if (outcome.verdict != Verdict::fits) continue;
      ++sample.evaluated;
      std::string text;
      for (const auto& [key, value] : question.options) text += key + "=" + value + " ";
      INFO(text);
      const double speed = outcome.decode_tokens_per_second->value;
      const Bounds& bound = candidate.bound;
      CHECK(speed <= bound.decode_tokens_per_second * rounding);
      CHECK(outcome.time_to_first_token_s->value * rounding >= bound.time_to_first_token.base());
      CHECK(outcome.largest_context.value_or(0) <= bound.largest_context);
      if (bound.decode_tokens_per_second <= 3.0 * speed) ++sample.tight;
    }
  return sample;
}

TEST_CASE("Bounds hold over the shipped catalogue", "[long]") {
  // Dense, mixtures, latent attention, windows, linear attention, tied embeddings; alone and many.
  const std::vector<std::vector<std::pair<std::string, std::string>>> questions = {
      {{"model", "llama-3-8b"}},
      {{"model", "qwen3-30b-a3b"}, {"context", "32768"}},
      {{"model", "mixtral-8x22b"}, {"users", "16"}},
      {{"model", "kimi-k2.5"}},
      {{"model", "gemma-2b"}, {"prompt", "4000"}},
      {{"model", "gpt-oss-120b"}, {"users", "5"}},
      {{"model", "qwen3-next-80b-a3b"}},
  };
  Catalog catalog(shipped());
  // Every so-manieth candidate; a fourth of them where the build is slow.
  const bool fewer = test::fewer_cases();
  const std::int64_t stride = fewer ? 4 * 997 + 1 : 997;
  Sample all;
  std::int64_t offset = 0;
  for (const auto& question : questions) {
    Diagnostics diagnostics;
    if (!catalog.model(question.front().second, {}, diagnostics)) continue;
    const Sample sample = check_bounds(question, stride, offset += 131);
    all.seen += sample.seen;
    all.evaluated += sample.evaluated;
    all.tight += sample.tight;
  }
  CHECK(all.evaluated > (fewer ? 50 : 200));
  // A bound that is always true and never close would be of no use.
  CHECK(all.tight * 4 > all.evaluated);
}

TEST_CASE("What memory excludes is never placed") {
  Catalog catalog(shipped());
  const Space space(requirement_from_options({{"model", "mixtral-8x22b"}}), catalog,
                    {.threads = 1, .most_machines = 2});
  int excluded = 0;
  int index = 0;
  for (const Group& group : space.groups()) {
    const SystemChoice& choice = space.systems()[static_cast<std::size_t>(group.system)];
    for (const int s : group.setups) {
      const Setup& setup = choice.setups[static_cast<std::size_t>(s)];
      for (const int q : setup.quantizations) {
        const QuantizedModel& quantized = space.quantizations()[static_cast<std::size_t>(q)];
        const Bounds bound = bound_of(setup.scenario, {.machines = group.count}, setup.roofs,
                                      quantized.work, cache_work(setup.scenario, 1));
        if (bound.fits || ++index % 61 != 0) continue;
        Site site{.group = static_cast<int>(&group - space.groups().data())};
        site.machines = {.system = choice.system->id, .count = group.count, .link = group.link};
        const Space::Question question =
            space.question(site, {.setup = s, .quantization = q, .bound = bound});
        const Outcome outcome =
            evaluate(scenario_from_options(question.options, question.overrides), catalog,
                     {.changes = false})
                .outcome;
        INFO(choice.system->id << " " << quantized.recipe->id << " " << group.count);
        CHECK(outcome.verdict != Verdict::fits);
        ++excluded;
      }
    }
  }
  CHECK(excluded > 20);
}

TEST_CASE("The bytes that bounds count are those that a decoded token reads") {
  Catalog catalog(shipped());
  const Space space(
      requirement_from_options(
          {{"model", "llama-3-8b"}, {"systems", "rtx-4090-pc"}, {"quantization", "q4_k_m"}}),
      catalog, {.threads = 1, .most_machines = 1});
  REQUIRE(space.quantizations().size() == 1);
  // Llama 3 8B in Q4_K_M: all weights but the embedding of 128256 x 4096 at 4.5 bits (Q4_K), which
  // is looked up, and the norms (65 x 4096 floats).
  const QuantizedWork& work = space.quantizations().front().work;
  const double embedding = 128256.0 * 4096.0 * 4.5 / 8.0;
  const double norms = 65.0 * 4096.0 * 4.0;
  CHECK(work.dense_read.base() == Approx(work.weights.base() - embedding - norms).epsilon(1e-12));
  CHECK(work.expert_read == Bytes());
  // Multiply-adds of a prompt token: all matrices of the layers.
  const double layer = 4096.0 * 4096.0 * 2.0 + 4096.0 * 1024.0 * 2.0 + 3.0 * 4096.0 * 14336.0;
  CHECK(work.prompt_elements == Approx(32.0 * layer).epsilon(1e-12));
}

}  // namespace
}  // namespace plimsoll
