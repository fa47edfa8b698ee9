// The JSON half of catalog_text.h.
#include <nlohmann/json.hpp>

#include "catalog/words.h"
#include "report/catalog_entries.h"

namespace plimsoll {

namespace {

using Json = nlohmann::ordered_json;

std::string_view suffix(Unit unit) {
  switch (unit) {
    case Unit::none:
      return "";
    case Unit::bytes:
      return "_bytes";
    case Unit::bytes_per_second:
      return "_bytes_per_second";
    case Unit::flop_per_second:
      return "_flop_per_second";
    case Unit::seconds:
      return "_s";
    case Unit::hertz:
      return "_hz";
    case Unit::watts:
      return "_w";
    case Unit::dollars:
      return "_usd";
    case Unit::bits:
      return "_bits";
  }
  return "";
}

Json or_null(const std::optional<double>& number) {
  return number ? Json(*number) : Json();
}

class FactsWriter {
 public:
  explicit FactsWriter(Catalog& catalog) : catalog_(catalog) {}

  void add(Json& object, const Facts& facts) const {
    for (const Fact& fact : facts) {
      std::visit([&](const auto& value) { add(object, fact.key, value); }, fact.value);
    }
  }

 private:
  void add(Json& object, const std::string& key, const std::string& text) const {
    object[key] = text.empty() ? Json() : Json(text);
  }
  void add(Json& object, const std::string& key, std::int64_t count) const { object[key] = count; }
  void add(Json& object, const std::string& key, bool flag) const { object[key] = flag; }
  void add(Json& object, const std::string& key, const Words& words) const { object[key] = words; }
  void add(Json& object, const std::string& key, const Amount& amount) const {
    object[key + std::string(suffix(amount.unit))] = amount.value;
  }
  void add(Json& object, const std::string& key, const SourcedAmount& figure) const {
    const Provenance& from = figure.from;
    Json& written = object[key + std::string(suffix(figure.amount.unit))];
    written = {{"value", figure.amount.value},
               {"low", or_null(figure.low)},
               {"high", or_null(figure.high)},
               {"status", word(from.status)},
               {"confidence", word(from.confidence)},
               {"source", from.source},
               {"citation", catalog_.citation(from.source)}};
    if (!from.date.empty()) written["date"] = from.date;  // of prices
  }
  void add(Json& object, const std::string& key, const Facts& facts) const {
    Json nested = Json::object();
    add(nested, facts);
    object[key] = std::move(nested);
  }
  void add(Json& object, const std::string& key, const FactGroups& groups) const {
    Json list = Json::array();
    for (const FactGroup& group : groups) {
      Json item = Json::object();
      add(item, group.facts);
      list.push_back(std::move(item));
    }
    object[key] = std::move(list);
  }

  Catalog& catalog_;
};

Json entry_json(Catalog& catalog, EntryKind kind, const DescribedEntry& entry) {
  Json object = {
      {"kind", singular(kind)}, {"id", entry.id}, {"name", entry.name}, {"names", entry.names}};
  FactsWriter(catalog).add(object, entry.facts);
  return object;
}

std::string printed(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string list_json(Catalog& catalog, EntryKind kind, std::string_view pattern,
                      Diagnostics& diagnostics, const CatalogTextOptions& options) {
  Json list = Json::array();
  for (const DescribedEntry& entry :
       summarize_entries(catalog, kind, pattern, diagnostics, options.count_parameters)) {
    list.push_back(entry_json(catalog, kind, entry));
  }
  return printed(list);
}

std::string show_json(Catalog& catalog, EntryKind kind, std::string_view name,
                      Diagnostics& diagnostics, const CatalogTextOptions& options) {
  const auto entry = describe_entry(catalog, kind, name, diagnostics, options.count_parameters);
  return entry ? printed(entry_json(catalog, kind, *entry)) : std::string();
}

}  // namespace plimsoll
