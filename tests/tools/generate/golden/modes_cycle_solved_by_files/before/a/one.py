from b.two import Two
