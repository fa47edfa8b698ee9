// The small world with prices and powers, and the same answers by trying everything.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "evaluate/evaluate.h"
#include "plan/plan.h"
#include "scenario/small_world.h"

namespace plimsoll {

// What a plan is compared by, as the definition in plan/plan.h has it.
struct Figures {
  double price = 0.0, speed = 0.0, quality = 0.0, headroom = 0.0, power = 0.0;
  friend auto operator<=>(const Figures&, const Figures&) = default;
};

// One candidate, by what a person would call it.
using Name =
    std::tuple<std::string, int, std::string, int, std::string, std::string, std::string, bool>;

inline Name name_of(const PlannedMachine& plan) {
  return {plan.machines.system, plan.machines.count, plan.machines.link, plan.machines.replicas,
          plan.engine,          plan.backend,        plan.quantization,  plan.raise_gpu_limit};
}

inline Figures figures_of(const PlannedMachine& plan) {
  constexpr double unknown = std::numeric_limits<double>::infinity();
  return {.price = plan.price.usd ? plan.price.usd->value : unknown,
          .speed = plan.decode_tokens_per_second.value,
          .quality = plan.quality,
          .headroom = static_cast<double>(plan.largest_context),
          .power = plan.power.watts ? plan.power.watts->value : unknown};
}

class PlanWorld {
 public:
  struct Box {
    std::string id, device;
    int count = 1;
    double price = 0.0;  // 0: unknown
    double watts = 0.0;  // 0: unknown
    std::string ports;
  };
  // Cheap and small, dear and fast, unknown in one respect each.
  inline static const std::vector<Box> boxes = {
      {"small", "card-b", 1, 700.0, 300.0, "ether-a"},
      {"middle", "card-a", 1, 1500.0, 0.0, "ether-a"},
      {"large", "card-a", 2, 2800.0, 900.0, ""},
      {"unpriced", "card-a", 4, 0.0, 1800.0, ""},
  };
  // 7 billion parameters, 14.5 GB at 16 bits, and a mixture of 8 billion of which 3 are used.
  static std::string model(const std::string& id, const std::string& ffn) {
    return "kind: model\nid: " + id + "\nname: " + id +
           "\nfamily: llama\nsource: S\nnative_format: q16\nhidden: 4096\nvocab: 32000\n"
           "max_context: 32768\ntied_embeddings: false\n"
           "attention: {kind: gqa, heads: 32, kv_heads: 8, head_dim: 128}\n" +
           ffn;
  }
  static constexpr double soc_price = 1000.0;
  static constexpr double soc_watts = 60.0;

  PlanWorld() {
    small_world::write(data);
    for (const char* id : {"box-1", "box-2", "box-4-nv"})
      std::filesystem::remove(data.root() / "hwdb/systems" / (std::string(id) + ".yaml"));
    for (const Box& box : boxes)
      data.write("hwdb/systems/" + box.id + ".yaml",
                 small_world::box(box.id, box.device, box.count) + figures(box));
    data.write("models/big.yaml",
               model("big",
                     "ffn: {width: 14336}\nlayers:\n  count: 32\n  pattern: [{attention: full, "
                     "ffn: dense}]\n"));
    data.write("models/big-moe.yaml",
               model("big-moe",
                     "moe: {experts: 16, experts_per_token: 4, expert_width: 1536}\nlayers:\n  "
                     "count: 24\n  pattern: [{attention: full, ffn: moe}]\n"));
    data.write("hwdb/systems/soc-16.yaml",
               "kind: system\nid: soc-16\nname: soc-16\nos: macos\nparts:\n  - {device: soc-a, "
               "count: 1}\nhost: {memory: 16 GiB}\n" +
                   figures({"soc-16", "soc-a", 1, soc_price, soc_watts, "ether-a"}));
  }

  CatalogFactory factory() const {
    return [this] { return std::make_unique<Catalog>(data.only()); };
  }

  DataFixture data;

 private:
  static std::string figures(const Box& box) {
    std::string text;
    if (!box.ports.empty()) text += "ports: [" + box.ports + "]\n";
    if (box.price > 0.0)
      text += "price: {value: " + std::to_string(static_cast<int>(box.price)) +
              " USD, source: S, status: datasheet, date: 2026}\n";
    if (box.watts > 0.0)
      text += "load_power: {value: " + std::to_string(static_cast<int>(box.watts)) +
              " W, source: S, status: measured}\n";
    return text;
  }
};

// Every candidate of the world evaluated, without a bound and without an order.
class Exhaustive {
 public:
  struct Accepted {
    Name name;
    std::tuple<std::string, int, std::string, int> site;
    Figures figures;
  };

  Exhaustive(const PlanWorld& world, const Requirement& requirement, int most_machines)
      : requirement_(requirement), most_machines_(most_machines) {
    const std::unique_ptr<Catalog> catalog = world.factory()();
    const int users = requirement.users.value.value_or(1);
    std::set<std::pair<int, int>> deployments;  // replicas, batch
    for (int replicas = 1; replicas <= users; ++replicas) {
      const int batch = (users + replicas - 1) / replicas;
      const bool first = std::none_of(deployments.begin(), deployments.end(),
                                      [&](const auto& d) { return d.second == batch; });
      if (first) deployments.emplace(replicas, batch);
    }
    for (const CatalogEntry& system : catalog->headers(EntryKind::system))
      for (const auto& [replicas, batch] : deployments)
        try_system(system.id, replicas, batch, *catalog);
  }

  // The candidates that meet the requirement.
  std::set<Name> met() const {
    std::set<Name> names;
    for (const Accepted& each : accepted_) names.insert(each.name);
    return names;
  }

  // Figures of the plans that no other one beats, one a set of machines.
  std::multiset<Figures> front() const {
    std::map<std::tuple<std::string, int, std::string, int>, Figures> best;
    for (const Accepted& each : accepted_) {
      if (!decided(each.figures)) continue;
      const auto [entry, fresh] = best.emplace(each.site, each.figures);
      const auto key = [](const Figures& f) { return std::tuple(f.quality, f.speed, f.headroom); };
      if (!fresh && key(each.figures) > key(entry->second)) entry->second = each.figures;
    }
    std::multiset<Figures> front;
    for (const auto& [site, figures] : best) {
      const bool beaten =
          std::any_of(best.begin(), best.end(), [&, s = site, f = figures](const auto& other) {
            const Figures& o = other.second;
            const int price = order(o.price, f.price, other.first, s);
            const int power = order(o.power, f.power, other.first, s);
            const bool no_worse = price <= 0 && power <= 0 && o.speed >= f.speed &&
                                  o.quality >= f.quality && o.headroom >= f.headroom;
            const bool better = price < 0 || power < 0 || o.speed > f.speed ||
                                o.quality > f.quality || o.headroom > f.headroom;
            return no_worse && better;
          });
      if (!beaten) front.insert(figures);
    }
    return front;
  }

 private:
  using SiteName = std::tuple<std::string, int, std::string, int>;
  // -1, 0 or 1; of what nobody published, fewer machines of the same system have less.
  int order(double a, double b, const SiteName& of_a, const SiteName& of_b) const {
    if (a != b) return a < b ? -1 : 1;
    if (std::isfinite(a) || std::get<0>(of_a) != std::get<0>(of_b)) return 0;
    const int spare = requirement_.spare.value.value_or(0);
    const auto machines = [spare](const SiteName& s) {
      return std::get<1>(s) * (std::get<3>(s) + spare);
    };
    return machines(of_a) < machines(of_b) ? -1 : machines(of_a) > machines(of_b) ? 1 : 0;
  }

  bool decided(const Figures& figures) const {
    const bool priced = !requirement_.budget.has() || std::isfinite(figures.price);
    return priced && (!requirement_.power.has() || std::isfinite(figures.power));
  }

  void try_system(const std::string& id, int replicas, int batch, Catalog& catalog) {
    Diagnostics ignored;
    const SystemSpec* system = catalog.system(id, {}, ignored);
    INFO(all_texts(ignored));
    REQUIRE(system);
    std::vector<std::pair<int, std::string>> groups = {{1, ""}};
    for (int count = 2; count <= most_machines_; ++count)
      for (const SystemPort& port : system->ports) groups.emplace_back(count, port.link);
    for (const auto& [count, link] : groups)
      for (const CatalogEntry& engine : catalog.headers(EntryKind::engine))
        for (const BackendSpec& backend : catalog.engine(engine.id, {}, ignored)->backends)
          for (const CatalogEntry& recipe : catalog.headers(EntryKind::quantization))
            for (const bool raised : {false, true}) {
              // Raising a limit that is not there changes nothing and is no other candidate.
              if (raised && (id != "soc-16" || backend.unit != UnitKind::gpu)) continue;
              try_one({id, count, link, replicas, engine.id, backend.id, recipe.id, raised}, batch,
                      *system, catalog);
            }
  }

  void try_one(const Name& name, int batch, const SystemSpec& system, Catalog& catalog) {
    const auto& [id, count, link, replicas, engine, backend, recipe, raised] = name;
    const Requirement& r = requirement_;
    Diagnostics ignored;
    const QuantizationSpec* quantization = catalog.quantization(recipe, {}, ignored);
    const auto& families = catalog.engine(engine, {}, ignored)->weight_families;
    if (std::find(families.begin(), families.end(), quantization->family) == families.end()) return;
    std::vector<std::pair<std::string, std::string>> options = {
        {"model", *r.model.value},
        {"quantization", recipe},
        {"system", count > 1 ? std::to_string(count) + "x " + id + " over " + link : id},
        {"engine", engine + ":" + backend},
        {"batch", std::to_string(batch)}};
    if (r.context.has()) options.emplace_back("context", std::to_string(*r.context.value));
    std::vector<std::string> overrides;
    if (raised) overrides.push_back("system.raise_gpu_limit=true");
    Outcome outcome;
    try {
      outcome =
          evaluate(scenario_from_options(options, overrides), catalog, {.changes = false}).outcome;
    } catch (const InputError&) {
      return;  // no such machines
    }
    if (outcome.verdict != Verdict::fits) return;
    const int machines = count * (replicas + r.spare.value.value_or(0));
    constexpr double unknown = std::numeric_limits<double>::infinity();
    const ModelSpec* model = catalog.model(*r.model.value, {}, ignored);
    const QuantizationSpec* native = catalog.quantization(model->native_format, {}, ignored);
    const Figures figures{
        .price = system.price ? system.price->value.base() * machines : unknown,
        .speed = outcome.decode_tokens_per_second->value,
        .quality = static_cast<double>(std::min(quantization->quality_rank, native->quality_rank)),
        .headroom = static_cast<double>(outcome.largest_context.value_or(0)),
        .power = system.load_power ? system.load_power->value.base() * machines : unknown};
    const double asked = r.at_least.value.value_or(reading_speed);
    if (figures.speed < asked) return;
    if (r.ttft.has() && outcome.time_to_first_token_s->value > r.ttft.value->base()) return;
    const bool dear =
        r.budget.has() && std::isfinite(figures.price) && figures.price > r.budget.value->base();
    const bool hungry =
        r.power.has() && std::isfinite(figures.power) && figures.power > r.power.value->base();
    if (dear || hungry) return;
    accepted_.push_back({name, {id, count, link, replicas}, figures});
  }

  Requirement requirement_;
  int most_machines_;
  std::vector<Accepted> accepted_;
};

}  // namespace plimsoll
