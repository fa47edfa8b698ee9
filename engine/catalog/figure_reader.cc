#include "catalog/figure_reader.h"

#include "catalog/date_field.h"

namespace plimsoll::field::detail {

Provenance read_provenance(MapReader& reader, const Context& context) {
  Provenance from{.place = reader.place()};
  from.source = reader.wanted("source", text()).value_or("");
  if (from.source.empty()) {
    context.diagnostics.error("missing-source", from.place,
                              context.label + " does not say where it comes from",
                              "source: a key of hwdb/sources.yaml");
  }
  const auto status = reader.wanted("status", enumeration(words_of<FigureStatus>()));
  if (!status) {
    context.diagnostics.error("missing-status", from.place,
                              context.label + " does not say how far it can be trusted",
                              "status: datasheet, measured, fitted or claimed");
  }
  from.status = status.value_or(FigureStatus::claimed);
  from.confidence =
      reader.value_or("confidence", enumeration(words_of<Confidence>()), Confidence::medium);
  return from;
}

std::string read_date(MapReader& reader, const Context& context) {
  const std::string expected = "date: " + std::string(date_forms) + "; undated where the source is";
  const std::optional<std::string> written = reader.wanted("date", text());
  if (!written) {
    context.diagnostics.error("missing-date", reader.place(),
                              context.label + " does not say when it held", expected);
    return {};
  }
  if (written->empty() || *written == undated || parse_date(*written)) return *written;
  report_date(reader.place_of("date"), context, *written, expected);
  return {};
}

bool is_figure_map(const Node& node, const Context& context) {
  if (node.kind() == NodeKind::map) return true;
  if (node.kind() == NodeKind::scalar) {
    context.diagnostics.error("missing-source", node.place(),
                              context.label + " does not say where it comes from",
                              "{value: " + node.text() + ", source: …, status: …}");
  } else if (node.kind() != NodeKind::invalid) {
    context.diagnostics.error("wrong-kind", node.place(),
                              context.label + " is " + std::string(describe(node.kind())),
                              "{value: …, source: …, status: …}");
  }
  return false;
}

void report_outside(const SourcePlace& place, const Context& context, const std::string& written,
                    const std::string& low, const std::string& high) {
  context.diagnostics.error("out-of-range", place,
                            context.label + " is " + written + ", which cannot be",
                            low + " to " + high);
}

const Node* range_ends(const Node& node, const Context& context) {
  if (node.kind() == NodeKind::sequence && node.items().size() == 2) return &node;
  context.diagnostics.error("bad-range", node.place(),
                            "the range of " + context.label + " is not a pair", "[low, high]");
  return nullptr;
}

}  // namespace plimsoll::field::detail
