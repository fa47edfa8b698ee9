#include "base/names.h"
#include "catalog/reader_parts.h"
#include "catalog/request_lengths.h"
#include "catalog/table_file.h"
#include "catalog/table_readers.h"

namespace plimsoll {

namespace {

// No data set of requests comes near these; they catch slipped digits.
constexpr double longest_mean_tokens = 1e7;
constexpr double widest_log_spread = 5.0;

TokenLengthSpec read_token_lengths(MapReader& reader) {
  TokenLengthSpec lengths;
  lengths.mean = reader.required("mean", field::figure(1.0, longest_mean_tokens));
  lengths.sigma = reader.required("sigma", field::figure(0.0, widest_log_spread));
  lengths.most = reader.value_or("most", field::integer(1, 100'000'000), 0);
  return lengths;
}

RequestLengthSpec read_one_request_length(MapReader& reader) {
  RequestLengthSpec spec;
  const auto lengths = field::object("lengths", read_token_lengths);
  spec.name = reader.required("name", field::text());
  spec.names = texts_or_none(reader, "names");
  spec.prompt = reader.required("prompt", lengths);
  spec.output = reader.required("output", lengths);
  return spec;
}

}  // namespace

void read_request_lengths(const TableInput& input, RequestLengthTable& table,
                          References& references, Diagnostics& diagnostics) {
  read_table(input, "lengths", references, diagnostics, [&](MapReader& reader) {
    const auto entry = field::object("request lengths", read_one_request_length);
    for (auto& [id, spec] : reader.required("lengths", field::map_of(entry))) {
      spec.id = id;
      table[id] = std::move(spec);
    }
  });
}

const RequestLengthSpec* find_request_lengths(const RequestLengthTable& table,
                                              std::string_view name) {
  const std::string wanted = fold_name(name);
  for (const auto& [id, spec] : table) {
    if (fold_name(id) == wanted || fold_name(spec.name) == wanted) return &spec;
    for (const std::string& other : spec.names)
      if (fold_name(other) == wanted) return &spec;
  }
  return nullptr;
}

}  // namespace plimsoll
