// Choosing machines: which ones run a model as fast as somebody needs it, within what they can
// spend.
//
// plan() enumerates machines x counts x links x replicas x engines x backends x quantizations of
// the catalogue, cuts what cannot meet the requirement by bounds that are never too strict
// (plan/bounds.h), evaluates the rest with the same evaluate() as a report, and returns the plans
// that no other one beats. It is pure: the same requirement and catalogue give the same result on
// any number of threads.
//
// What is best? Buyers weigh price, speed, quality of the answers, headroom and power; the front
// holds every plan for which no other is at least as good in all five and better in one. A
// quantization costs nothing, so a set of machines takes part once: with the best quality with
// which it meets the requirement and, among equals, the fastest engine. Who wants speed rather than
// quality asks for more speed, or names the quantization.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/estimate.h"
#include "evaluate/evaluate.h"
#include "evaluate/outcome.h"
#include "money/money.h"
#include "scenario/scenario.h"

namespace plimsoll {

enum class Acquisition {
  buy,   // price: purchase of all machines, those owned already for nothing
  rent,  // price: per month, machines rented around the clock
};

struct OwnedMachines {
  std::string system;  // id or name
  int count = 1;
  SourcePlace place;
};

// What is asked for. What is not given sets no limit, but for the speed.
struct Requirement {
  Given<std::string> model;
  Given<std::string> quantization;  // default: every one that the engines load
  Given<std::string> engine;        // default: every one of the catalogue
  Given<std::string> backend;
  Given<std::string> systems;  // only those whose id or name contains it
  Given<double> at_least;      // token/s of each user; default: reading_speed
  Given<Seconds> ttft;         // when all users ask at once
  Given<std::int64_t> context;
  Given<std::int64_t> prompt;
  Given<std::int64_t> generate;
  Given<int> users;       // answered at the same time; default 1
  Given<int> spare;       // replicas that may fail without anybody noticing; default 0
  Given<Dollars> budget;  // of the purchase, or a month when renting
  Given<Watts> power;     // of all machines, at the wall, under load
  std::vector<OwnedMachines> own;
  Acquisition acquisition = Acquisition::buy;
};

// A requirement file (kind: requirement; doc/plan.md). Throws InputError with every problem.
Requirement read_requirement(const std::filesystem::path& file,
                             const std::vector<std::pair<std::string, std::string>>& options = {});
// The same from options only, keys as in the file: {"model", "gemma-2b"}, {"at_least", "20"} …
// "own" may come several times.
Requirement requirement_from_options(
    const std::vector<std::pair<std::string, std::string>>& options);

// The file that read_requirement() reads.
std::string to_yaml(const Requirement& requirement);

// Machines as they are bought or rented: `replicas` groups that each hold the whole model, and
// `spare` more.
struct MachineSet {
  std::string system;
  std::string name;
  int count = 1;     // machines of a group
  std::string link;  // between them; empty for one
  std::string link_name;
  int replicas = 1;  // that share the users
  int spare = 0;
  int owned = 0;  // of all machines

  int machines() const { return count * (replicas + spare); }
};

struct PlanPrice {
  std::optional<Estimate> usd;       // of the machines; a month when renting
  std::optional<double> at_least;    // where usd is not known: what its priced parts cost
  std::string why_unknown;           // empty where usd is known
  std::vector<money::UsedPrice> of;  // one machine
};

struct PlanPower {
  std::optional<Estimate> watts;
  bool at_most = false;  // what the machines can draw; nobody measured a language model
};

// One requirement and the probability that the plan meets it, from the log-normal interval.
struct Chance {
  std::string of;  // "memory", "speed", "time to first token"
  double value = 1.0;
};

struct PlannedMachine {
  MachineSet machines;
  std::string engine, engine_name;
  std::string backend;
  std::string quantization, quantization_name;
  bool raise_gpu_limit = false;  // the operating system's limit on GPU memory has to be raised
  int batch = 1;                 // users a replica answers together
  double bits_per_weight = 0.0;
  double quality = 0.0;  // quality_rank, at most that of the published checkpoint
  std::string warning;   // of few bits; may be empty
  std::string placement;
  Verdict verdict = Verdict::fits;
  Estimate decode_tokens_per_second;      // of each user
  Estimate throughput_tokens_per_second;  // of all replicas together
  Estimate time_to_first_token_s;
  std::int64_t largest_context = 0;  // of each user
  PlanPower power;
  PlanPrice price;
  std::vector<Chance> chances;
  // What evaluate() was asked, as scenario_from_options() takes it: one replica.
  std::vector<std::pair<std::string, std::string>> options;
  std::vector<std::string> overrides;
  std::string command;  // that prints the report behind these figures
};

// Why a plan was preferred to another: the nearest one that it beats, or failing that the nearest
// cheaper one, which misses the requirement.
struct RunnerUp {
  PlannedMachine plan;
  bool meets = true;
};

struct FrontPlan {
  PlannedMachine plan;
  std::optional<RunnerUp> runner_up;
};

// Every candidate is in exactly one of these.
struct PlanCounts {
  std::int64_t candidates = 0;
  std::int64_t refused = 0;       // no such combination: see Refusal
  std::int64_t too_dear = 0;      // exact prices
  std::int64_t too_hungry = 0;    // exact power
  std::int64_t too_large = 0;     // bound: weights and cache exceed all memory
  std::int64_t too_slow = 0;      // bound: neither memory nor compute could be fast enough
  std::int64_t beaten = 0;        // bound: could at best be what another plan beats
  std::int64_t unneeded = 0;      // a better quality or a faster engine serves on the same machines
  std::int64_t does_not_fit = 0;  // placed
  std::int64_t evaluated = 0;     // simulated
  std::int64_t met = 0;           // of these, met the requirement
};

struct Refusal {
  std::string reason;
  std::int64_t candidates = 0;
};

// A single thing that would have to give way, found by search.
struct Relaxation {
  std::string what;  // "budget"
  std::string from, to;
  double factor = 1.0;  // how far it gives way: >= 1, 1.1 for a tenth; 0 where that means nothing
  PlannedMachine plan;  // that would then do
};

struct PlanResult {
  Requirement requirement;
  double at_least = reading_speed;
  bool complete = true;  // false: stopped before everything was looked at
  PlanCounts counts;
  std::vector<Refusal> refusals;          // most frequent first
  std::vector<FrontPlan> front;           // cheapest first, unknown prices last
  std::vector<PlannedMachine> undecided;  // meet all that is known of them; price or power is not
  std::vector<Relaxation> relaxations;    // where the front is empty, the smallest first
  std::optional<PlannedMachine> nearest_miss;  // where neither is there
  std::vector<PlannedMachine> met;             // every plan that met the requirement, as evaluated
};

struct PlanOptions {
  int threads = 0;                          // 0: as many as the machine has
  const std::atomic<bool>* stop = nullptr;  // the best so far is returned, marked as incomplete
  std::function<void(std::size_t done, std::size_t total)> progress;  // in sets of machines
  // False: evaluates every candidate that its own bounds do not exclude, for tests.
  bool prune = true;
  int most_machines = 8;  // of a group, and of replicas unless users need more
};

// One catalogue a worker, as a Catalog is not thread-safe.
using CatalogFactory = std::function<std::unique_ptr<Catalog>()>;

// Throws InputError when the requirement names what there is not.
PlanResult plan(const Requirement& requirement, const CatalogFactory& catalogs,
                const PlanOptions& options = {});

}  // namespace plimsoll
