// Files that appear whole or not at all.
#pragma once

#include <filesystem>
#include <string_view>

namespace plimsoll {

// Writes to a temporary file in the same folder, flushes it to the disk and renames it over `path`.
// Throws InputError (code "unwritable") and leaves nothing behind when that fails.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

}  // namespace plimsoll
