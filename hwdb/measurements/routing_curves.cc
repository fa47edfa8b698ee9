// Developer tool: what the rows of routing.yaml would be under given routing parameters, for
// routing_fit.py. Not installed.
//
//   plimsoll-routing-curves hwdb/measurements/routing.yaml MODEL < parameters > values
//
// Each line of the input is `skew reuse memory`, each line of the output the values of the model's
// rows in per cent; a row of unstated length gives three, at its shortest, middle and longest.

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "cache/replacement.h"
#include "config/document.h"
#include "config/map_reader.h"
#include "routing/routing_statistics.h"
#include "routing/stack_distances.h"

namespace plimsoll {
namespace {

constexpr int longest_run = 20'000;
// Overlaps do not depend on the length of a run, so that long ones are not drawn in full.
constexpr int enough_for_overlap = 500;

enum class Statistic {
  lru_per_layer,
  lru_shared,
  belady_shared,
  overlap,
  reused,
  distinct,
  hottest
};

constexpr field::Word<Statistic> statistics[] = {{"lru_per_layer", Statistic::lru_per_layer},
                                                 {"lru_shared", Statistic::lru_shared},
                                                 {"belady_shared", Statistic::belady_shared},
                                                 {"overlap", Statistic::overlap},
                                                 {"reused", Statistic::reused},
                                                 {"distinct", Statistic::distinct},
                                                 {"hottest", Statistic::hottest}};

struct Row {
  Statistic statistic = Statistic::lru_shared;
  int count = 0;   // entries, tokens back or experts, as the statistic needs
  int prompt = 0;  // tokens that come as one batch before the run
  int skipped = 0;
  bool prompt_counts = false;
  int per_token = 1;
  std::vector<int> lengths;  // of the run, in tokens
};

struct Model {
  std::string id;
  int layers = 0;
  int experts = 0;
  std::vector<Row> rows;
};

// What a row is counted on.
struct Run {
  int per_token = 0;
  int prompt = 0;
  int tokens = 0;

  friend auto operator<=>(const Run&, const Run&) = default;
};

// Stands in the list of a run's experts in the order in which an engine asks its cache for them:
// a prompt layer by layer, each expert once, then token by token.
struct Accesses {
  std::vector<ExtentId> experts;
  std::size_t prompt = 0;  // of them
};

Row read_row(MapReader& reader) {
  Row row;
  row.statistic = reader.required("statistic", field::enumeration(std::span(statistics)));
  row.count = static_cast<int>(reader.value_or("count", field::integer(1, 1 << 20), 1));
  row.prompt = static_cast<int>(reader.value_or("prompt", field::integer(0, longest_run), 0));
  row.prompt_counts = reader.value_or("prompt_counts", field::boolean(), false);
  row.skipped = static_cast<int>(reader.value_or("skipped", field::integer(0, longest_run), 0));
  row.per_token = static_cast<int>(reader.required("per_token", field::integer(1, 64)));
  for (const std::int64_t tokens :
       reader.required("tokens", field::list_of(field::integer(1, longest_run))))
    row.lengths.push_back(static_cast<int>(tokens));
  if (row.lengths.size() == 2) {
    const double middle = std::sqrt(double(row.lengths[0]) * double(row.lengths[1]));
    row.lengths.insert(row.lengths.begin() + 1, static_cast<int>(std::lround(middle)));
  }
  reader.required("value", field::number(0.0, 100.0));
  for (const char* key : {"id", "run", "note"}) reader.value_or(key, field::text(), {});
  reader.value_or("fitted", field::boolean(), true);
  return row;
}

Model read_model(MapReader& reader) {
  Model model;
  model.id = reader.required("model", field::text());
  reader.required("source", field::text());
  model.layers = static_cast<int>(reader.required("layers", field::integer(1, 1000)));
  model.experts = static_cast<int>(reader.required("experts", field::integer(1, 65536)));
  model.rows = reader.required("rows", field::list_of(field::object("row", read_row)));
  return model;
}

Model load(const std::string& file, const std::string& id) {
  Diagnostics diagnostics;
  const Document document = Document::load_file(file, diagnostics);
  MapReader reader(document.root(), "routing measurements", diagnostics);
  reader.required("kind", field::text());
  std::vector<Model> models =
      reader.required("models", field::list_of(field::object("model", read_model)));
  reader.finish();
  throw_if_errors(diagnostics);
  const auto found =
      std::find_if(models.begin(), models.end(), [&](const Model& m) { return m.id == id; });
  if (found == models.end()) throw std::runtime_error("no measurements of " + id);
  return *found;
}

// One set of parameters: runs are drawn once and shared by the rows counted on them.
class Evaluation {
 public:
  Evaluation(const Model& model, const RoutingParameters& parameters)
      : model_(model), parameters_(parameters) {}

  double value(const Row& row, int length) {
    switch (row.statistic) {
      case Statistic::lru_per_layer:
        return LruCurve(trace(run_of(row, length)), CacheScope::per_layer, row.skipped)
            .hit_rate(row.count);
      case Statistic::lru_shared:
        return lru_shared(row, length);
      case Statistic::belady_shared:
        return belady_shared(row, length);
      case Statistic::overlap:
        return overlap(row, std::min(length, enough_for_overlap));
      case Statistic::reused:
        return reused(row, std::min(length, enough_for_overlap));
      case Statistic::distinct:
        return routing_statistics(trace(run_of(row, length)), {}).distinct / model_.experts;
      case Statistic::hottest:
        break;
    }
    return share_of_hottest(trace(run_of(row, length)), row.count);
  }

 private:
  static Run run_of(const Row& row, int length) { return {row.per_token, row.prompt, length}; }

  // Of prompt and answer together; statistics without a cache have no prompt.
  const RoutingTrace& trace(const Run& run) {
    auto& drawn = traces_[run];
    if (!drawn) {
      RoutingProcess process(
          parameters_,
          {.layers = model_.layers, .experts = model_.experts, .per_token = run.per_token}, 1);
      drawn = std::make_unique<RoutingTrace>(record(process, run.prompt + run.tokens));
    }
    return *drawn;
  }

  const Accesses& accesses(const Run& run) {
    auto& list = accesses_[run];
    if (!list.experts.empty()) return list;
    const RoutingTrace& drawn = trace(run);
    std::vector<bool> seen(static_cast<std::size_t>(model_.layers * model_.experts));
    for (int layer = 0; layer < model_.layers; ++layer)
      for (int token = 0; token < run.prompt; ++token)
        for (const ExtentId expert : extents(drawn, token, layer)) {
          if (!seen[expert]) list.experts.push_back(expert);
          seen[expert] = true;
        }
    list.prompt = list.experts.size();
    for (int token = run.prompt; token < drawn.tokens; ++token)
      for (int layer = 0; layer < model_.layers; ++layer)
        for (const ExtentId expert : extents(drawn, token, layer)) list.experts.push_back(expert);
    return list;
  }

  std::vector<ExtentId> extents(const RoutingTrace& trace, int token, int layer) const {
    const auto width = static_cast<std::size_t>(trace.shape.per_token);
    std::vector<ExtentId> result;
    for (const std::uint16_t expert :
         trace.token(token).subspan(static_cast<std::size_t>(layer) * width, width))
      result.push_back(static_cast<ExtentId>(layer * model_.experts + expert));
    return result;
  }

  double lru_shared(const Row& row, int length) {
    const Accesses& list = accesses(run_of(row, length));
    const std::vector<std::int64_t>& distances = stack_distances(run_of(row, length));
    const std::size_t first = row.prompt_counts ? 0 : list.prompt;
    const auto begin = distances.begin() + static_cast<std::ptrdiff_t>(first);
    const auto hits = std::count_if(begin, distances.end(), [&](std::int64_t distance) {
      return distance >= 0 && distance < row.count;
    });
    return double(hits) / double(distances.end() - begin);
  }

  const std::vector<std::int64_t>& stack_distances(const Run& run) {
    auto& distances = distances_[run];
    if (!distances.empty()) return distances;
    const Accesses& list = accesses(run);
    StackDistances stack(static_cast<std::size_t>(model_.layers * model_.experts),
                         list.experts.size());
    for (const ExtentId expert : list.experts) {
      const auto distance = stack.access(expert);
      distances.push_back(distance ? static_cast<std::int64_t>(*distance) : -1);
    }
    return distances;
  }

  // The prompt's experts are all misses, so that the answer's hits are all hits.
  double belady_shared(const Row& row, int length) {
    const Accesses& list = accesses(run_of(row, length));
    const double hits = belady_hit_rate(list.experts, static_cast<std::size_t>(row.count)) *
                        double(list.experts.size());
    return hits / double(list.experts.size() - (row.prompt_counts ? 0 : list.prompt));
  }

  // Share of a token's experts that the layer used exactly so many tokens before.
  double overlap(const Row& row, int length) {
    return shared_with(row, length, row.count, row.count);
  }
  // … or within so many tokens before.
  double reused(const Row& row, int length) { return shared_with(row, length, 1, row.count); }

  double shared_with(const Row& row, int length, int nearest, int farthest) {
    const RoutingTrace& drawn = trace(run_of(row, length));
    std::int64_t shared = 0;
    std::int64_t all = 0;
    for (int token = farthest; token < drawn.tokens; ++token) {
      for (int layer = 0; layer < model_.layers; ++layer) {
        std::vector<ExtentId> before;
        for (int age = nearest; age <= farthest; ++age) {
          const auto more = extents(drawn, token - age, layer);
          before.insert(before.end(), more.begin(), more.end());
        }
        for (const ExtentId expert : extents(drawn, token, layer)) {
          shared += std::find(before.begin(), before.end(), expert) != before.end();
          ++all;
        }
      }
    }
    return all == 0 ? 0.0 : double(shared) / double(all);
  }

  const Model& model_;
  RoutingParameters parameters_;
  std::map<Run, std::unique_ptr<RoutingTrace>> traces_;
  std::map<Run, Accesses> accesses_;
  std::map<Run, std::vector<std::int64_t>> distances_;
};

void run(const std::string& file, const std::string& id) {
  const Model model = load(file, id);
  std::cout << std::fixed << std::setprecision(4);
  RoutingParameters parameters;
  while (std::cin >> parameters.skew >> parameters.reuse >> parameters.memory) {
    Evaluation evaluation(model, parameters);
    for (const Row& row : model.rows)
      for (const int length : row.lengths)
        std::cout << 100.0 * evaluation.value(row, length) << ' ';
    std::cout << '\n' << std::flush;
  }
}

}  // namespace
}  // namespace plimsoll

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: plimsoll-routing-curves routing.yaml MODEL < parameters\n";
    return 2;
  }
  try {
    plimsoll::run(argv[1], argv[2]);
  } catch (const plimsoll::InputError& error) {
    for (const auto& problem : error.diagnostics().sorted())
      std::cerr << plimsoll::to_text(problem) << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
  return 0;
}
