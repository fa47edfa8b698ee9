// YAML files as trees of nodes. Only the plain part of YAML is spoken: no anchors, aliases, tags,
// merge keys, second documents or keys that are not words. All input is hostile until read: size,
// depth and node count are bounded, so a huge file, deep nesting or binary garbage costs one
// diagnostic and little time.
//
// Codes: unreadable, too-large, not-text, empty, syntax, too-deep, duplicate-key, alias, tag,
// many-documents, complex-key (doc/diagnostics.md).
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "config/node.h"

namespace plimsoll {

struct DocumentLimits {
  std::size_t bytes = std::size_t{16} << 20;
  std::size_t nodes = 1'000'000;
  int depth = 64;  // collections inside collections
};

class Document {
 public:
  // The root is an invalid node when something is wrong with the whole text; duplicate keys are
  // reported and the first one kept. Messages name the file as `path` was given.
  static Document load_file(const std::filesystem::path& path, Diagnostics& diagnostics,
                            const DocumentLimits& limits = {});
  static Document parse(std::string_view text, const std::string& file_name,
                        Diagnostics& diagnostics, const DocumentLimits& limits = {});

  const Node& root() const { return root_; }
  const std::string& file() const { return file_; }

 private:
  Document(Node root, std::string file) : root_(std::move(root)), file_(std::move(file)) {}

  Node root_;
  std::string file_;
};

}  // namespace plimsoll
