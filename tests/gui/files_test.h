#pragma once

#include <QObject>

namespace plimsoll::gui {

class FilesTest : public QObject {
  Q_OBJECT

 private slots:
  void a_file_saved_unedited_keeps_its_bytes();
  void undo_to_the_start_and_redo_to_the_end_give_the_same_bytes();
  void what_is_saved_is_what_the_command_line_reads();
  void asks_before_changes_are_lost();
  void an_unwritable_folder_is_answered();
  void files_opened_last_come_first();
  void a_requirement_opens_the_choice_of_machines();
  void a_crash_costs_little();
  void a_program_that_lives_keeps_its_copy();
  void what_is_dropped_is_taken();
  void a_vanished_import_is_told();
  void exports_are_the_bytes_of_the_command_line();
  void the_pdf_holds_the_charts();
};

}  // namespace plimsoll::gui
