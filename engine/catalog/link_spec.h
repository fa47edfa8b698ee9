// Links between devices and machines, and storage drives.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/figure.h"

namespace plimsoll {

enum class LinkScope { inside_host, between_hosts };

struct LinkSpec {
  std::string id;
  std::string name;
  std::vector<std::string> names;
  LinkScope scope = LinkScope::inside_host;
  Figure<BytesPerSecond> raw;      // line rate, one direction
  Figure<BytesPerSecond> reached;  // goodput of large transfers, one direction
  Figure<Seconds> latency;         // one way, small message, as software sees it
  bool full_duplex = true;
  SourcePlace place;
};

struct ReadPoint {
  Bytes block;
  int queue_depth = 1;
  Figure<BytesPerSecond> rate;
};

struct StorageSpec {
  std::string id;
  std::string name;
  std::vector<std::string> names;
  std::string interface;
  Figure<BytesPerSecond> sequential_read;
  std::optional<Figure<Seconds>> read_latency;  // 4 KiB, queue depth 1
  std::vector<ReadPoint> random_reads;          // measured points, block x queue depth
  SourcePlace place;
};

}  // namespace plimsoll
