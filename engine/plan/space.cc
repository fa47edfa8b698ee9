#include "plan/space.h"

#include <algorithm>
#include <tuple>

#include "base/ceil_div.h"
#include "base/contains.h"
#include "base/names.h"
#include "catalog/entry_index.h"
#include "evaluate/prepared.h"
#include "plan/prices.h"

namespace plimsoll {

Limits limits_of(const Requirement& requirement) {
  Limits limits{.at_least = requirement.at_least.value.value_or(reading_speed)};
  if (requirement.budget.has()) limits.budget = requirement.budget.value->base();
  if (requirement.power.has()) limits.watts = requirement.power.value->base();
  if (requirement.ttft.has()) limits.ttft = requirement.ttft.value->base();
  return limits;
}

namespace {

bool loads(const EngineSpec& engine, const QuantizationSpec& quantization) {
  return contains(engine.weight_families, quantization.family);
}

bool runs(const Setup& setup, int batch) {
  const int most = setup.scenario.engine->max_batch;
  return most == 0 || batch <= most;
}

template <class T>
Given<T> given(T value, const SourcePlace& place) {
  return {.value = std::move(value), .place = place};
}

}  // namespace

Space::Space(const Requirement& requirement, Catalog& catalog, const PlanOptions& options)
    : requirement_(requirement), stop_(options.stop) {
  Diagnostics diagnostics;
  read_names(catalog, diagnostics);
  throw_if_errors(diagnostics);
  deployments(options.most_machines);
  read_quantizations(catalog, diagnostics);
  read_systems(catalog, diagnostics);
  throw_if_errors(diagnostics);
  for (int i = 0; i < static_cast<int>(systems_.size()) && !stopped(); ++i)
    add_groups(i, catalog, options.most_machines);
}

const SystemChoice& Space::system_of(const Site& site) const {
  const Group& group = groups_[static_cast<std::size_t>(site.group)];
  return systems_[static_cast<std::size_t>(group.system)];
}

const Setup& Space::setup_of(const Site& site, const Candidate& candidate) const {
  return system_of(site).setups[static_cast<std::size_t>(candidate.setup)];
}

double Space::quality_of(const Candidate& candidate) const {
  return quantizations_[static_cast<std::size_t>(candidate.quantization)].quality;
}

void Space::refuse(const std::string& reason, std::int64_t candidates) {
  refusals_[reason] += candidates;
}

void Space::read_names(Catalog& catalog, Diagnostics& diagnostics) {
  const Requirement& r = requirement_;
  if (!r.model.has()) {
    diagnostics.error("missing-key", r.model.place, "no model is named",
                      "model: ID, or --model NAME");
  } else {
    model_ = catalog.model(*r.model.value, r.model.place, diagnostics);
    Diagnostics ignored;
    const bool by_id = model_ && catalog.model(model_->id, {}, ignored) == model_;
    model_word_ = by_id ? model_->id : *r.model.value;
  }
  if (r.engine.has()) {
    if (const EngineSpec* engine = catalog.engine(*r.engine.value, r.engine.place, diagnostics))
      engines_ = {engine};
  } else {
    for (const CatalogEntry& entry : catalog.headers(EntryKind::engine))
      if (const EngineSpec* engine = catalog.engine(entry.id, {}, diagnostics)) {
        // What streams is slow and fits almost anywhere: nobody buys machines for it unasked.
        const bool streams = engine->streaming && engine->streaming->always;
        if (!streams && !engine->on_request) engines_.push_back(engine);
      }
  }
  if (r.acquisition == Acquisition::rent && r.power.has())
    diagnostics.error("inconsistent", r.power.place, "rented machines draw their owner's power",
                      "power with bought machines only");
}

// The one asked for with what stands for it in other families, or all that some engine loads.
void Space::read_quantizations(Catalog& catalog, Diagnostics& diagnostics) {
  std::vector<const QuantizationSpec*> recipes;
  const auto add = [&](const std::string& id, const SourcePlace& place) {
    const QuantizationSpec* recipe = catalog.quantization(id, place, diagnostics);
    if (!recipe) return;
    const bool loaded = std::any_of(engines_.begin(), engines_.end(),
                                    [&](const EngineSpec* e) { return loads(*e, *recipe); });
    if (loaded) recipes.push_back(recipe);
  };
  const Given<std::string>& asked = requirement_.quantization;
  if (asked.has()) {
    const QuantizationSpec* recipe = catalog.quantization(*asked.value, asked.place, diagnostics);
    if (!recipe) return;
    add(recipe->id, asked.place);
    for (const auto& [family, id] : recipe->counterparts) add(id, asked.place);
    if (recipes.empty())
      diagnostics.error(
          "unsupported-quantization", asked.place,
          "no engine in question loads " + recipe->name + " (" + recipe->family + ")");
  } else {
    for (const CatalogEntry& entry : catalog.headers(EntryKind::quantization)) add(entry.id, {});
  }
  double original = 0.0;
  if (!model_->native_format.empty())
    if (const auto* native =
            catalog.quantization(model_->native_format, model_->place, diagnostics))
      original = native->quality_rank;
  for (const QuantizationSpec* recipe : recipes) {
    Diagnostics complaints;
    QuantizedModel entry{.recipe = recipe,
                         .work = quantized_work(*model_, *recipe, catalog, complaints),
                         .quality = static_cast<double>(recipe->quality_rank)};
    if (complaints.has_errors()) continue;
    if (original > 0.0) entry.quality = std::min(entry.quality, original);
    quantizations_.push_back(std::move(entry));
  }
}

void Space::read_systems(Catalog& catalog, Diagnostics& diagnostics) {
  const Given<std::string>& pattern = requirement_.systems;
  for (const CatalogEntry& entry : catalog.headers(EntryKind::system)) {
    if (stopped()) return;
    if (!is_called_like(entry, pattern.value.value_or(""))) continue;
    const SystemSpec* system = catalog.system(entry.id, {}, diagnostics);
    if (system && !system->claimed && is_offered(*system, catalog, diagnostics))
      add_system(*system, entry.id, catalog, diagnostics);
  }
  const bool rents = requirement_.acquisition == Acquisition::rent;
  if (systems_.empty() && pattern.has() && !diagnostics.has_errors())
    diagnostics.error("unknown-system", pattern.place,
                      "no system" + std::string(rents ? " that somebody rents out" : "") +
                          " has a name that contains '" + *pattern.value + "'",
                      "a part of a name that 'plimsoll list systems' shows");
  read_owned(catalog, diagnostics);
  if (systems_.empty() && !diagnostics.has_errors())
    diagnostics.error("unknown-system", pattern.place,
                      "nobody is known to rent out any of these systems", "--buy, or --own");
}

namespace {

// "dgx-sparkx2", the count grown onto the name: only the catalogue knows where the name ends.
OwnedMachines with_split_count(const OwnedMachines& owned, Catalog& catalog) {
  const std::string& name = owned.system;
  Diagnostics ignored;
  if (catalog.system(name, owned.place, ignored)) return owned;
  const std::size_t x = name.find_last_not_of("0123456789");
  if (x == std::string::npos || x == 0 || x + 1 == name.size() || name[x] != 'x') return owned;
  const auto split = parse_machines(name.substr(x + 1) + "x " + name.substr(0, x));
  if (!split || !catalog.system(split->system, owned.place, ignored)) return owned;
  return {.system = split->system, .count = split->count, .place = owned.place};
}

}  // namespace

void Space::read_owned(Catalog& catalog, Diagnostics& diagnostics) {
  for (const OwnedMachines& written : requirement_.own) {
    const OwnedMachines owned = with_split_count(written, catalog);
    const SystemSpec* system = catalog.system(owned.system, owned.place, diagnostics);
    if (!system) continue;
    const auto is_it = [&](const SystemChoice& choice) { return choice.system == system; };
    auto found = std::find_if(systems_.begin(), systems_.end(), is_it);
    if (found == systems_.end()) {
      Diagnostics ignored;
      const bool by_id = catalog.system(system->id, owned.place, ignored) == system;
      add_system(*system, by_id ? system->id : owned.system, catalog, diagnostics);
      found = systems_.end() - 1;
    }
    found->owned += owned.count;
  }
}

// What nobody is known to rent out cannot be rented.
bool Space::is_offered(const SystemSpec& system, Catalog& catalog, Diagnostics& diagnostics) const {
  return requirement_.acquisition != Acquisition::rent ||
         price_of(system, Acquisition::rent, catalog, diagnostics).usd.has_value();
}

void Space::add_system(const SystemSpec& system, const std::string& word, Catalog& catalog,
                       Diagnostics& diagnostics) {
  SystemChoice choice{.system = &system,
                      .word = word,
                      .price = price_of(system, requirement_.acquisition, catalog, diagnostics),
                      .power = power_of(system)};
  for (const EngineSpec* engine : engines_) add_setups(choice, *engine, catalog);
  systems_.push_back(std::move(choice));
}

ScenarioSpec Space::spec_for(const std::string& system, const std::string& engine,
                             const std::string& backend) const {
  const Requirement& r = requirement_;
  ScenarioSpec spec;
  spec.model = r.model;
  spec.system = given(system, r.systems.place);
  spec.engine = given(engine, r.engine.place);
  spec.backend = given(backend, r.backend.place);
  spec.context = r.context;
  spec.prompt = r.prompt;
  spec.generate = r.generate;
  return spec;
}

namespace {

// A limit on GPU memory that its owner can raise.
bool can_raise_limit(const Fabric& machine) {
  return std::any_of(machine.pools().begin(), machine.pools().end(), [](const Pool& pool) {
    return pool.kind == PoolKind::unified && !pool.raise_limit.empty();
  });
}

bool names(const BackendSpec& backend, const std::string& wanted) {
  const auto same = [&](const std::string& name) { return fold_name(name) == fold_name(wanted); };
  return same(backend.id) || std::any_of(backend.names.begin(), backend.names.end(), same);
}

}  // namespace

void Space::add_setups(SystemChoice& choice, const EngineSpec& engine, Catalog& catalog) {
  std::vector<int> loaded;
  for (int q = 0; q < static_cast<int>(quantizations_.size()); ++q)
    if (loads(engine, *quantizations_[static_cast<std::size_t>(q)].recipe)) loaded.push_back(q);
  // Of the one asked for: itself where the engine loads it, else its first counterpart.
  if (requirement_.quantization.has() && loaded.size() > 1) loaded.resize(1);
  if (loaded.empty()) return;
  for (const BackendSpec& backend : engine.backends) {
    const Given<std::string>& wanted = requirement_.backend;
    if (wanted.has() && !names(backend, *wanted.value)) continue;
    Diagnostics diagnostics;
    auto scenario = resolve(spec_for(choice.word, engine.id, backend.id), catalog, diagnostics);
    if (!scenario) {
      const Diagnostic first = diagnostics.sorted().front();
      // What holds for every machine is the requirement's mistake.
      if (first.code == "out-of-range") throw InputError(diagnostics);
      continue;  // a backend that does not run there is no candidate
    }
    for (const bool raised : {false, true}) {
      const Fabric machine = build_fabric(scenario->cluster, raised, catalog, diagnostics);
      if (diagnostics.has_errors()) break;
      if (raised && (!can_raise_limit(machine) || backend.unit != UnitKind::gpu)) break;
      choice.setups.push_back(
          {.scenario = *scenario,
           .roofs = machine_roofs(*scenario, machine, catalog.roofs(diagnostics)),
           .raised = raised,
           .quantizations = loaded});
    }
  }
  for (const Deployment& deployment : deployments_) {
    const auto key = std::pair(&engine, deployment.batch);
    if (choice.setups.empty() || caches_.contains(key)) continue;
    const Scenario& scenario = choice.setups.back().scenario;
    if (scenario.engine == &engine) caches_.emplace(key, cache_work(scenario, deployment.batch));
  }
}

// Numbers of replicas to share the users, in steps of at most a half; each the fewest for its
// batch.
void Space::deployments(int most_machines) {
  const int users = requirement_.users.value.value_or(1);
  const auto add = [&](int replicas) {
    const int batch = ceil_div(users, replicas);
    const int fewest = ceil_div(users, batch);
    const bool known = !deployments_.empty() && deployments_.back().batch == batch;
    if (!known) deployments_.push_back({.replicas = fewest, .batch = batch});
  };
  // Whoever has more users than `most_machines` replicas may need one for each.
  const int most = std::max(most_machines, users);
  for (int step = 1; step <= std::min(users, most); step *= 2) {
    add(step);
    if (step > 1 && step + step / 2 <= std::min(users, most)) add(step + step / 2);
  }
}

void Space::add_group(Group group) {
  if (group.setups.empty()) return;
  for (const int s : group.setups) {
    const SystemChoice& choice = systems_[static_cast<std::size_t>(group.system)];
    const Setup& setup = choice.setups[static_cast<std::size_t>(s)];
    for (const Deployment& deployment : deployments_)
      if (!runs(setup, deployment.batch))
        refuse(
            setup.scenario.engine->name + " runs no batch of " + std::to_string(deployment.batch),
            static_cast<std::int64_t>(setup.quantizations.size()));
  }
  groups_.push_back(std::move(group));
}

void Space::add_groups(int system, Catalog& catalog, int most_machines) {
  const SystemChoice& choice = systems_[static_cast<std::size_t>(system)];
  const auto quantizations = [&](const Setup& setup) {
    return static_cast<std::int64_t>(setup.quantizations.size() * deployments_.size());
  };
  Group alone{.system = system};
  for (int s = 0; s < static_cast<int>(choice.setups.size()); ++s) alone.setups.push_back(s);
  add_group(std::move(alone));
  for (int count = 2; count <= most_machines && !stopped(); ++count) {
    for (const SystemPort& port : choice.system->ports) {
      Diagnostics unknown_port;
      const LinkSpec* link = catalog.link(port.link, choice.system->place, unknown_port);
      if (!link || link->scope != LinkScope::between_hosts) continue;
      Group group{.system = system, .count = count, .link = link->id, .link_name = link->name};
      for (int s = 0; s < static_cast<int>(choice.setups.size()); ++s) {
        const Setup& setup = choice.setups[static_cast<std::size_t>(s)];
        ScenarioSpec spec =
            spec_for(choice.word, setup.scenario.engine->id, setup.scenario.backend->id);
        spec.count = given(count, {});
        spec.link = given(link->id, {});
        Diagnostics diagnostics;
        if (resolve(spec, catalog, diagnostics))
          group.setups.push_back(s);
        else
          refuse(diagnostics.sorted().front().message, quantizations(setup));
      }
      add_group(std::move(group));
    }
  }
}

Space::Question Space::question(const Site& site, const Candidate& candidate) const {
  const Requirement& r = requirement_;
  const Setup& setup = setup_of(site, candidate);
  const MachineSet& machines = site.machines;
  std::string system = machines.system;
  if (machines.count > 1)
    system = std::to_string(machines.count) + "x " + system + " over " + machines.link;
  Question question;
  question.options = {
      {"model", model_word_},
      {"quantization", quantizations_[static_cast<std::size_t>(candidate.quantization)].recipe->id},
      {"system", system},
      {"engine", setup.scenario.engine->id + ":" + setup.scenario.backend->id}};
  const auto add = [&](const char* key, const Given<std::int64_t>& value) {
    if (value.has()) question.options.emplace_back(key, std::to_string(*value.value));
  };
  add("context", r.context);
  add("prompt", r.prompt);
  add("generate", r.generate);
  if (site.batch > 1) question.options.emplace_back("batch", std::to_string(site.batch));
  if (setup.raised) question.overrides = {"system.raise_gpu_limit=true"};
  return question;
}

std::vector<Candidate> Space::candidates_of(const Group& group, int batch, const Limits& limits,
                                            PlanCounts& counts) const {
  std::vector<Candidate> candidates;
  const Deployed deployed{.machines = group.count, .batch = batch};
  const SystemChoice& choice = systems_[static_cast<std::size_t>(group.system)];
  for (const int s : group.setups) {
    const Setup& setup = choice.setups[static_cast<std::size_t>(s)];
    if (!runs(setup, batch)) continue;
    const CacheWork& cache = caches_.at({setup.scenario.engine, batch});
    for (const int q : setup.quantizations) {
      const QuantizedWork& work = quantizations_[static_cast<std::size_t>(q)].work;
      const Bounds bound = bound_of(setup.scenario, deployed, setup.roofs, work, cache);
      const bool slow = bound.decode_tokens_per_second < limits.at_least ||
                        (limits.ttft && bound.time_to_first_token.base() > *limits.ttft);
      if (!bound.fits)
        ++counts.too_large;
      else if (slow)
        ++counts.too_slow;
      else
        candidates.push_back({.setup = s, .quantization = q, .bound = bound});
    }
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [this](const Candidate& a, const Candidate& b) {
                     return std::tuple(-quality_of(a), -a.bound.decode_tokens_per_second) <
                            std::tuple(-quality_of(b), -b.bound.decode_tokens_per_second);
                   });
  return candidates;
}

std::int64_t Space::offered_by(const Group& group, int batch) const {
  const SystemChoice& choice = systems_[static_cast<std::size_t>(group.system)];
  std::int64_t offered = 0;
  for (const int s : group.setups) {
    const Setup& setup = choice.setups[static_cast<std::size_t>(s)];
    if (runs(setup, batch)) offered += static_cast<std::int64_t>(setup.quantizations.size());
  }
  return offered;
}

std::vector<Site> Space::sites(const Limits& limits, PlanCounts& counts) const {
  std::vector<Site> sites;
  for (const auto& [reason, candidates] : refusals_) counts.refused += candidates;
  counts.candidates += counts.refused;
  for (std::size_t g = 0; g < groups_.size() && !stopped(); ++g) {
    const Group& group = groups_[g];
    const SystemChoice& choice = systems_[static_cast<std::size_t>(group.system)];
    for (const Deployment& deployment : deployments_) {
      const std::int64_t offered = offered_by(group, deployment.batch);
      counts.candidates += offered;
      Site site{.group = static_cast<int>(g), .batch = deployment.batch};
      site.machines = {.system = choice.word,
                       .name = choice.system->name,
                       .count = group.count,
                       .link = group.link,
                       .link_name = group.link_name,
                       .replicas = deployment.replicas,
                       .spare = requirement_.spare.value.value_or(0)};
      site.machines.owned = std::min(choice.owned, site.machines.machines());
      site.price = price_of(choice.price, site.machines);
      site.power = power_of(choice.power, site.machines);
      const double at_least =
          site.price.usd ? site.price.usd->value : site.price.at_least.value_or(0.0);
      if (limits.budget && at_least > *limits.budget) {
        counts.too_dear += offered;
        continue;
      }
      // A machine that could draw more than the limit may well draw less.
      const bool draws = site.power.watts && !site.power.at_most;
      if (limits.watts && draws && site.power.watts->value > *limits.watts) {
        counts.too_hungry += offered;
        continue;
      }
      site.candidates = candidates_of(group, deployment.batch, limits, counts);
      if (!site.candidates.empty()) sites.push_back(std::move(site));
    }
  }
  return sites;
}

}  // namespace plimsoll
