// A group of the form under a heading that opens and closes it.
#pragma once

#include <QToolButton>
#include <QWidget>

namespace plimsoll::gui {

class FormSection : public QWidget {
  Q_OBJECT

 public:
  FormSection(const QString& title, QWidget* parent);

  QWidget* content() { return content_; }
  bool is_open() const { return open_; }
  void set_open(bool open);

 private:
  QToolButton* heading_;
  QWidget* content_;
  bool open_ = true;
};

}  // namespace plimsoll::gui
