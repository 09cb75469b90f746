#pragma once
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

#include "support/descriptor.h"

namespace eigenrnn {

/// A program to start, and how.
struct ProcessSettings {
  enum class Stream { kInherited, kPiped, kDiscarded };

  std::vector<std::string> words;  // the name under which it runs, and its arguments
  std::string program;             // its file; if empty, words.front(), looked for in $PATH
  std::map<std::string, std::string> environment;  // added to this process's
  Stream input = Stream::kInherited, output = Stream::kInherited, errors = Stream::kInherited;
  bool has_own_group = false;     // a terminal's Ctrl-C does not reach it
  bool ends_with_parent = false;  // it gets SIGTERM when this process dies: no orphan stays behind
  std::vector<int> ignored_signals;
};

/// The environment of a process that computes with one thread: its numbers do not depend on what
/// else runs, and nothing fights for the cores.
const std::map<std::string, std::string>& single_threaded();

/// A process that this one has started.
class Process {
 public:
  /// Throws Error, saying which program and why, if it cannot be started.
  explicit Process(const ProcessSettings& settings);
  /// Kills it if it has not been waited for.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// This end of each stream that is piped; -1 for others.
  int input() const { return input_.number(); }
  int output() const { return output_.number(); }
  int errors() const { return errors_.number(); }
  /// Reading output and errors no longer waits for what is to come.
  void do_not_wait_for_output();

  void signal(int number) const;
  /// Waits for its end, and returns its status as waitpid() does.
  int wait();

 private:
  pid_t pid_ = -1;
  Descriptor input_, output_, errors_;
};

/// Appends what can be read now (all to come, where reading waits); false at the end of the stream.
bool read_available(int descriptor, std::string& text);
/// False if nobody reads it any more.
bool write_whole(int descriptor, const std::string& text);

/// "ended with exit code 3", "ended by signal 9 (Killed), …"
std::string how_it_ended(int status);

/// Runs a program, found in $PATH, and returns what it writes to standard output; standard error is
/// this program's. Throws Error if it cannot be started or its exit code is not 0.
std::string output_of(const std::vector<std::string>& words);

}  // namespace eigenrnn
