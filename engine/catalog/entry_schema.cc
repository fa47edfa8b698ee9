#include "catalog/entry_schema.h"

#include "catalog/catalog_state.h"
#include "catalog/entry_head.h"
#include "catalog/price_reader.h"
#include "catalog/readers.h"
#include "catalog/table_readers.h"
#include "catalog/words.h"

namespace plimsoll {

namespace {

template <class Spec>
Schema entry_schema() {
  Schema schema;
  Diagnostics silent;
  References none;
  const Node nothing;
  const std::string_view kind = word(kind_of<Spec>);
  MapReader reader(nothing, std::string(kind), silent, &schema);
  take_kind(reader, kind);
  take_head(reader, {});
  Spec spec;
  read_entry(reader, spec, none);
  return schema;
}

template <class Table>
Schema table_schema(void (*read)(const TableInput&, Table&, References&, Diagnostics&)) {
  Schema schema;
  Diagnostics silent;
  References none;
  Table table;
  read(TableInput(schema), table, none, silent);
  return schema;
}

Schema sources_schema() {
  Schema schema;
  Diagnostics silent;
  SourceTable table;
  read_sources(TableInput(schema), table, silent);
  return schema;
}

}  // namespace

std::vector<Schema> catalog_schemas() {
  std::vector<Schema> schemas = {entry_schema<DeviceSpec>(),
                                 entry_schema<SystemSpec>(),
                                 entry_schema<ClusterSpec>(),
                                 entry_schema<StorageSpec>(),
                                 entry_schema<LinkSpec>(),
                                 entry_schema<OsSpec>(),
                                 entry_schema<EngineSpec>(),
                                 entry_schema<QuantizationSpec>(),
                                 entry_schema<ModelSpec>(),
                                 table_schema(read_formats),
                                 table_schema(read_roofs),
                                 table_schema(read_routing_prior),
                                 table_schema(read_fit),
                                 table_schema(read_speculation_table),
                                 table_schema(read_request_lengths),
                                 sources_schema()};
  for (const auto& [name, read] : price_tables()) schemas.push_back(table_schema(read));
  return schemas;
}

}  // namespace plimsoll
