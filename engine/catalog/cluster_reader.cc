#include "catalog/cluster_reader.h"

#include "catalog/reader_parts.h"
#include "catalog/readers.h"

namespace plimsoll {

namespace {

ClusterNode read_node(MapReader& reader) {
  return {.id = reader.required("id", field::id()),
          .system = reader.required("system", field::text()),
          .count = int_or(reader, "count", 1, sane::most_machines, 1),
          .place = reader.place()};
}

ClusterSwitch read_switch(MapReader& reader) {
  return {.id = reader.required("id", field::id()),
          .capacity = reader.optional("capacity", rate_figure()),
          .latency = reader.optional("latency", time_figure()),
          .place = reader.place()};
}

void read_two_ends(MapReader& reader, ClusterLink& link) {
  link.from = reader.required("from", field::id());
  link.to = reader.required("to", field::id());
  if (reader.take("topology"))
    reader.error("topology", "inconsistent", "a link between two ends has no topology",
                 "among: […] with a topology");
}

void read_members(MapReader& reader, ClusterLink& link) {
  link.among = reader.required("among", field::list_of(field::id()));
  require_some(reader, "among", link.among);
  link.topology = reader.required("topology", word_of<Topology>());
  for (const char* end : {"from", "to"})
    if (reader.take(end))
      reader.error(end, "inconsistent", "a link among groups has no '" + std::string(end) + "'",
                   "either among and topology, or from and to");
}

ClusterLink read_link(MapReader& reader) {
  ClusterLink link;
  const bool among = reader.has("among");
  reader.in_case({.key = "among"}, among, [&] { read_members(reader, link); });
  reader.in_case({.key = "among", .absent = true}, !among, [&] { read_two_ends(reader, link); });
  link.link = reader.required("link", field::text());
  link.count = int_or(reader, "count", 1, sane::most_parts, 1);
  link.place = reader.place();
  return link;
}

}  // namespace

void read_cluster_graph(MapReader& reader, ClusterSpec& cluster) {
  const auto list = [&reader](const char* key, const char* what, auto read) {
    return reader.value_or(key, field::list_of(field::object(what, read)), {});
  };
  cluster.nodes = reader.required("nodes", field::list_of(field::object("node", read_node)));
  cluster.switches = list("switches", "switch", read_switch);
  cluster.links = list("links", "link", read_link);
  cluster.place = reader.place();
}

void read_entry(MapReader& reader, ClusterSpec& cluster, References&) {
  read_cluster_graph(reader, cluster);
}

}  // namespace plimsoll
