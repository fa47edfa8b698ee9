// What several commands start with.
#pragma once

#include <string>
#include <vector>

#include "arguments.h"
#include "catalog/catalog.h"
#include "evaluate/outcome.h"
#include "scenario/scenario.h"
#include "session/session.h"
#include "terminal.h"

namespace plimsoll::cli {

// The shipped database, over it the user's own folder and over that the folders of --hwdb, a later
// one over an earlier one; with the profiles that were given. Throws InputError (codes no-database,
// unreadable, those of profiles).
std::vector<DataFolders> data_folders(const DataOptions& options);

// As the session's, with warnings shown. Throws InputError.
void lay_over_named(const NamedThings& named, Catalog& catalog);

// The scenario of a file with the options laid over it, or of the options alone.
ScenarioSpec read_scenario(const ScenarioOptions& options, Catalog& catalog);

// Of profiles that were given and that none of the outcomes rests on.
void warn_of_unused_profiles(const std::vector<const Outcome*>& outcomes, Catalog& catalog);

// To standard error, of what has no place for it: the profile that was found of this machine.
void say_found_profile(const Catalog& catalog);

// What is printed in the format asked for: `json()`, `markdown()` or `text(style)`.
template <class Json, class Markdown, class Text>
std::string in_format(const OutputOptions& output, Json json, Markdown markdown, Text text) {
  switch (output.format) {
    case Format::json:
      return json();
    case Format::markdown:
      return markdown();
    case Format::text:
      break;
  }
  return text(text_style(output));
}

// Shows warnings; throws InputError when there are errors.
void settle(const Diagnostics& diagnostics);

// Before work on whatever points name: an entry with an error would be one that nobody knows, and
// its points would be missing unnoticed. Settles the problems of all entries at once.
void settle_data(const DataOptions& options);

}  // namespace plimsoll::cli
