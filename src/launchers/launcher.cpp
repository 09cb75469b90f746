#include "launchers/launcher.h"

#include <iostream>

#include "support/files.h"

namespace eigenrnn {

void write_tables(const LaunchRequest& request) {
  for (const LaunchRequest::Table& table : request.tables) {
    write_atomically(table.path, table.text);
  }
}

int refuse_store(const std::string& why) {
  std::cerr << "eigenrnn: results cannot be written: " << why
            << ". Make room or mend the permissions, or choose another folder with --results DIR\n";
  return 1;
}

}  // namespace eigenrnn
