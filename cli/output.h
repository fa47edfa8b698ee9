// Where results go, and what an interrupted program leaves behind: nothing.
#pragma once

#include <filesystem>
#include <string_view>

namespace plimsoll::cli {

// To standard output when `file` is empty, else to the file, whole or not at all. Whoever reads
// standard output may stop reading; that is no error. Throws InputError (code "unwritable").
void write_result(const std::filesystem::path& file, std::string_view text);

// Ctrl-C, SIGTERM and SIGHUP end the program with status 128 + signal, at once but never while a
// file is being written; a closed pipe becomes an error of write().
void install_signal_handlers();

}  // namespace plimsoll::cli
