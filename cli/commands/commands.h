// What each command does; each throws InputError for bad input.
#pragma once

#include "arguments.h"

namespace plimsoll::cli {

void execute(const ReportCommand& command);
void execute(const SimulateCommand& command);
void execute(const CompareCommand& command);
void execute(const SweepCommand& command);
void execute(const PlanCommand& command);
void execute(const ImportCommand& command);
void execute(const DetectCommand& command);
void execute(const CalibrateCommand& command);
void execute(const ValidateCommand& command);
void execute(const FitCommand& command);
void execute(const ListCommand& command);
void execute(const LintCommand& command);
void execute(const SchemaCommand& command);
void execute(const UnresolvedCommand& command);
void execute(const ShowCommand& command);
void execute(const PrintCommand& command);

}  // namespace plimsoll::cli
