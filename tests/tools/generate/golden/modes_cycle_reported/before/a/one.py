from b.two import Two
import b.two
