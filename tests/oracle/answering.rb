# What oracles in Ruby have in common: one JSON object a line in, one a line out.
require "json"
require "tmpdir"

# Answers each request with what the block makes of it in a folder of its own, with the variables
# that the request brings; an error is an answer as well.
def answer_each
  $stdin.each_line do |line|
    asked = JSON.parse(line)
    before = ENV.to_h
    answer = Dir.mktmpdir do |dir|
      ENV.update(asked["env"])
      begin
        yield asked, dir
      rescue Exception => e
        { "error" => "#{e.class}: #{e.message}" }
      end
    end
    ENV.replace(before)
    puts JSON.generate(answer)
    $stdout.flush
  end
end
