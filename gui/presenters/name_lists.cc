#include "presenters/name_lists.h"

#include <algorithm>
#include <optional>

#include "base/contains.h"
#include "base/names.h"
#include "base/quantity_text.h"
#include "footprint/footprint.h"
#include "report/report_content.h"

namespace plimsoll::gui {
namespace {

constexpr const char* usual_engine = "llama.cpp";

std::string folded(const std::string& id, const std::string& name,
                   const std::vector<std::string>& names) {
  std::string text = fold_name(id) + " " + fold_name(name);
  for (const std::string& each : names) text += " " + fold_name(each);
  return text;
}

template <class Spec>
NameRow row_of(const Spec& spec) {
  return {.id = spec.id,
          .name = spec.name,
          .cells = {},
          .search = folded(spec.id, spec.name, spec.names)};
}

NameCell figure(double value, std::string text) {
  return {.text = std::move(text), .key = value};
}

// "8.19 B": the column says of what.
std::string bare_parameters(std::int64_t count) {
  const std::string text = parameters_text(count);
  return text.substr(0, text.rfind(' '));
}

NameCell price_cell(const std::optional<Figure<Dollars>>& price) {
  if (!price) return {};
  return figure(price->value.base(), print(price->value));
}

NameCell memory_cell(Bytes memory) {
  return memory > Bytes() ? figure(memory.base(), size_text(memory)) : NameCell();
}

std::string joined_by_comma(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& each : words) text += (text.empty() ? "" : ", ") + each;
  return text;
}

// All of a kind that can be read; `row` returns nothing for what does not belong in the list.
template <class Find, class MakeRow>
void add_rows(EntryKind kind, Catalog& catalog, NameList& list, Find find, MakeRow make_row) {
  Diagnostics ignored;
  for (const CatalogEntry& header : catalog.headers(kind))
    if (const auto* spec = (catalog.*find)(header.id, SourcePlace(), ignored))
      if (std::optional<NameRow> row = make_row(*spec)) list.rows.push_back(std::move(*row));
}

NameCell checkpoint_cell(const ModelSpec& model, Catalog& catalog) {
  Diagnostics ignored;
  const QuantizationSpec* published =
      catalog.quantization(model.native_format, model.place, ignored);
  if (!published) return {};
  const Bytes size = weight_bytes(model, *published, {}, catalog, ignored);
  return figure(size.base(), print(size));
}

}  // namespace

NameList model_names(Catalog& catalog) {
  NameList list{.columns = {"parameters", "licence", "published size"}, .rows = {}};
  add_rows(EntryKind::model, catalog, list, &Catalog::model, [&](const ModelSpec& model) {
    NameRow row = row_of(model);
    const double parameters = static_cast<double>(count_parameters(enumerate_tensors(model)));
    row.cells = {figure(parameters, bare_parameters(static_cast<std::int64_t>(parameters))),
                 {.text = model.license},
                 checkpoint_cell(model, catalog)};
    return std::optional(std::move(row));
  });
  return list;
}

NameList machine_names(Catalog& catalog) {
  NameList list{.columns = {"memory", "price"}, .rows = {}};
  add_rows(EntryKind::system, catalog, list, &Catalog::system, [](const SystemSpec& system) {
    NameRow row = row_of(system);
    row.cells = {memory_cell(system.host.memory), price_cell(system.price)};
    return std::optional(std::move(row));
  });
  add_rows(EntryKind::device, catalog, list, &Catalog::device, [](const DeviceSpec& device) {
    NameRow row = row_of(device);
    const std::optional<Figure<Bytes>>& capacity = device.memory.capacity;
    row.cells = {memory_cell(capacity ? capacity->value : Bytes()), NameCell()};
    return std::optional(std::move(row));
  });
  return list;
}

NameList cluster_names(Catalog& catalog) {
  NameList list{.columns = {"machines"}, .rows = {}};
  add_rows(EntryKind::cluster, catalog, list, &Catalog::cluster, [](const ClusterSpec& cluster) {
    NameRow row = row_of(cluster);
    std::vector<std::string> machines;
    int count = 0;
    for (const ClusterNode& node : cluster.nodes) {
      machines.push_back(std::to_string(node.count) + "x " + node.system);
      count += node.count;
    }
    row.cells = {figure(count, joined_by_comma(machines))};
    return std::optional(std::move(row));
  });
  return list;
}

NameList engine_names(Catalog& catalog) {
  NameList list{.columns = {"backends", "weights"}, .rows = {}};
  add_rows(EntryKind::engine, catalog, list, &Catalog::engine, [](const EngineSpec& engine) {
    NameRow row = row_of(engine);
    std::vector<std::string> backends;
    for (const BackendSpec& backend : engine.backends) backends.push_back(backend.id);
    row.cells = {{.text = joined_by_comma(backends)},
                 {.text = joined_by_comma(engine.weight_families)}};
    return std::optional(std::move(row));
  });
  return list;
}

NameList link_names(Catalog& catalog) {
  NameList list{.columns = {"reached", "latency"}, .rows = {}};
  add_rows(EntryKind::link, catalog, list, &Catalog::link, [](const LinkSpec& link) {
    if (link.scope != LinkScope::between_hosts) return std::optional<NameRow>();
    NameRow row = row_of(link);
    row.cells = {figure(link.reached.value.base(), print(link.reached.value)),
                 figure(link.latency.value.base(), print(link.latency.value))};
    return std::optional(std::move(row));
  });
  return list;
}

NameList os_names(Catalog& catalog) {
  NameList list{.columns = {"reserved"}, .rows = {}};
  add_rows(EntryKind::os, catalog, list, &Catalog::os, [](const OsSpec& os) {
    NameRow row = row_of(os);
    row.cells = {figure(os.reserved.value.base(), print(os.reserved.value))};
    return std::optional(std::move(row));
  });
  return list;
}

bool matches(const NameRow& row, std::string_view typed) {
  std::size_t at = 0;
  while (at < typed.size()) {
    const std::size_t end = std::min(typed.find(' ', at), typed.size());
    const std::string wanted = fold_name(typed.substr(at, end - at));
    if (row.search.find(wanted) == std::string::npos) return false;
    at = end + 1;
  }
  return true;
}

NameList quantization_names(const std::string& model, const std::string& engine, Catalog& catalog) {
  NameList list{.columns = {"size", "bits"}, .rows = {}};
  Diagnostics ignored;
  const ModelSpec* of = catalog.model(model, SourcePlace(), ignored);
  const EngineSpec* by =
      catalog.engine(engine.empty() ? usual_engine : engine, SourcePlace(), ignored);
  if (!of || !by) return list;
  const double parameters = static_cast<double>(count_parameters(enumerate_tensors(*of)));
  std::vector<std::pair<int, NameRow>> ranked;
  const auto loads = [&](const std::string& family) {
    return contains(by->weight_families, family);
  };
  for (const CatalogEntry& header : catalog.headers(EntryKind::quantization)) {
    const QuantizationSpec* recipe = catalog.quantization(header.id, SourcePlace(), ignored);
    if (!recipe || !loads(recipe->family)) continue;
    const Bytes size = weight_bytes(*of, *recipe, {}, catalog, ignored);
    NameRow row = row_of(*recipe);
    const double bits = 8.0 * size.base() / parameters;
    row.cells = {figure(size.base(), print(size)), figure(bits, print_number(bits))};
    ranked.emplace_back(recipe->quality_rank, std::move(row));
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (auto& [rank, row] : ranked) list.rows.push_back(std::move(row));
  return list;
}

}  // namespace plimsoll::gui
